import * as vscode from "vscode";
import { CheckpointProcess } from "../runtime/checkpoint/process.ts";
import { IndexProcess } from "../runtime/paper/process.ts";
import { setBundle } from "../shared/l10n.ts";
import { CheckpointEditors } from "./checkpoint/checkpoint-editors.ts";
import { registerArxivCommand } from "./commands/arxiv-command.ts";
import { registerCheckpointCommand } from "./commands/checkpoint-command.ts";
import { registerComponentCommands } from "./commands/component-commands.ts";
import { registerFindInPapers } from "./commands/find-in-papers.ts";
import { registerPaperCommands } from "./commands/paper-commands.ts";
import { registerCommand } from "./commands/register.ts";
import { remedy } from "./commands/remedy.ts";
import { registerSampleCommand } from "./commands/sample-commands.ts";
import { registerShapeCommands } from "./commands/shape-commands.ts";
import { showSource, showSources } from "./commands/show-source.ts";
import { pickSource } from "./commands/source-choice.ts";
import { registerCompareCommand } from "./compare/compare-command.ts";
import { ComponentPanels } from "./component/component-panels.ts";
import { initialState } from "./component/initial-state.ts";
import { LiveWork } from "./component/live-work.ts";
import { commandIds } from "./ids.ts";
import { getCuda } from "./models/cuda-command.ts";
import { ModelCommands } from "./models/model-commands.ts";
import { ModelLibrary } from "./models/model-library.ts";
import { ModelsView } from "./models/models-view.ts";
import { registerPackageCommands } from "./packages/package-commands.ts";
import { PackageFix } from "./packages/package-fix.ts";
import { PackageLibrary } from "./packages/package-library.ts";
import { ArxivPapers } from "./paper/arxiv-papers.ts";
import { ClosestModel } from "./paper/closest-model.ts";
import { PaperContext } from "./paper/paper-context.ts";
import { PaperEditors } from "./paper/paper-editors.ts";
import { PaperIndex } from "./paper/paper-index.ts";
import { PaperOutlineView } from "./paper/paper-outline.ts";
import { SourceIndex } from "./paper/source-index.ts";
import { SymbolValues } from "./paper/symbol-values.ts";
import { ChosenLayers } from "./python/chosen-layers.ts";
import { CitationLinks } from "./python/citation-links.ts";
import { RunLiveLens } from "./python/code-lens.ts";
import { GutterMarks } from "./python/gutter.ts";
import { ComponentHover } from "./python/hover.ts";
import { InlayShapes } from "./python/inlay-shapes.ts";
import { PanelValues } from "./python/panel-values.ts";
import { PaperHover } from "./python/paper-hover.ts";
import { PythonReadings } from "./python/python-readings.ts";
import { ShapesOnScreen } from "./python/screen-shapes.ts";
import { describeIn } from "./runtime/described-checkpoint.ts";
import { titleOf } from "./runtime/paper-title.ts";
import { createLive, indexOptions, readerOptions } from "./runtime/processes.ts";
import { Runtime } from "./runtime/runtime.ts";
import { StartedOnce } from "./runtime/started-once.ts";
import { StatusBar } from "./runtime/status-bar.ts";
import { getTransformers } from "./runtime/transformers.ts";
import { Examples } from "./source/examples.ts";
import { ProvenRecipes } from "./source/proven-recipes.ts";
import { vscodeWorld } from "./source/vscode-world.ts";
import { BackgroundTraces } from "./tracing/background-traces.ts";
import { TraceStatus } from "./tracing/language-status.ts";
import { TraceDiagnostics } from "./tracing/trace-diagnostics.ts";
import { requireTrust } from "./trust.ts";
import { Pages } from "./webview/pages.ts";
import { WeightEditor } from "./weights/weight-editor.ts";
import { WeightSource } from "./weights/weight-source.ts";

/**
 * Registers everything and starts nothing: processes, models and pages come when they are first asked for. The tracer
 * comes with the first Python on screen that uses PyTorch, in a trusted workspace.
 */
export function activate(context: vscode.ExtensionContext): void {
  const bundle = vscode.l10n.bundle ?? {};
  setBundle(bundle);
  const log = vscode.window.createOutputChannel("Papertrace", { log: true });
  const pages = new Pages(context.extensionUri, bundle);
  const reader = new StartedOnce(() => new CheckpointProcess(readerOptions(context.extensionUri, log)));
  const describe = describeIn(reader.get);
  const library = new ModelLibrary({ describe, repack: (...asked) => reader.get().repack(...asked) });
  const packages = new PackageLibrary();
  const runtime = new Runtime(() => createLive(context.extensionUri, log));
  const examples = new Examples();
  const proven = new ProvenRecipes();
  const world = vscodeWorld(library, examples, proven);
  const values = new PanelValues();
  const layers = new ChosenLayers(context.workspaceState);
  context.subscriptions.push(log, reader, library, packages, runtime, examples, values, layers);

  const models = ModelCommands.register(context, log, library);
  ModelsView.register(context, library, packages);
  const panels = ComponentPanels.register(
    context,
    pages,
    () => values.follow(new LiveWork(runtime, world)),
    {
      openSource: (target, beside) => void showSource(target, beside),
      findInPaper: component => void vscode.commands.executeCommand(commandIds.findInPaper, component),
      chooseModel: current => models.choose(current),
      getPackage: name => void vscode.commands.executeCommand(commandIds.getPackage, name),
      chooseSource: pickSource,
      remedy,
    },
    log,
  );
  const indexing = new StartedOnce(() => new IndexProcess(indexOptions(context.extensionUri, log)));
  const index = new PaperIndex(indexing.get, log);
  const sources = new SourceIndex(
    indexing.get,
    vscode.Uri.joinPath(context.extensionUri, "media", "sources"),
  );
  const closest = new ClosestModel(library);
  const symbols = new SymbolValues(
    () => new LiveWork(runtime, world),
    component => panels.all.findLast(({ state }) => state.component === component)?.state ?? null,
  );
  const paperContext = new PaperContext(index, sources, closest, symbols, showSources);
  const openComponent = async (component: string, paper: vscode.Uri) => {
    if (requireTrust()) panels.openFor(initialState(component), await paperContext.model(paper));
  };
  const papers = PaperEditors.register(
    context,
    pages,
    {
      openComponent: (component, paper) => {
        openComponent(component, paper).catch(error => log.error(String(error)));
      },
      context: paperContext,
    },
    log,
  );
  PaperOutlineView.register(context, papers);
  context.subscriptions.push(
    indexing,
    index,
    sources,
    symbols,
    papers.onDidOpen(uri => index.include(uri)),
  );
  context.subscriptions.push(
    new StatusBar(runtime, library, panels),
    runtime.onDidRestart(() => panels.refresh()),
    library.onDidChange(() => panels.refreshDefaults()),
    packages.onDidChange(() => panels.refresh()),
  );

  const readings = PythonReadings.register(context);
  const traces = new BackgroundTraces(runtime, world, readings, proven, examples, log);
  const screen = new ShapesOnScreen(traces);
  context.subscriptions.push(
    traces,
    screen,
    new TraceStatus(traces),
    new TraceDiagnostics(traces),
    new GutterMarks(context.extensionUri, screen),
    library.onDidChange(() => traces.retraceAll()),
    packages.onDidChange(() => traces.retraceAll()),
    examples.onDidChange(() => panels.refresh()),
    values.onDidChange(() => {
      if (values.shownLayer) layers.choose(values.shownLayer.file, values.shownLayer.layer);
    }),
  );
  RunLiveLens.register(context, values, layers, screen, readings);
  // Hovers stand in the order that is the reverse of this: shapes and numbers before what papers say.
  PaperHover.register(context, index, readings);
  ComponentHover.register(context, values, screen, layers, readings, runtime, log);
  InlayShapes.register(context, screen, layers, values);
  CitationLinks.register(context, index);
  registerComponentCommands(context, log, panels, world, {
    cancel: () => {
      traces.cancel();
      index.cancel();
    },
  });
  const source = new WeightSource(traces, runtime, world, describe);
  const checkpoints = CheckpointEditors.register(
    context,
    pages,
    reader.get,
    (tensor, folder, beside, signal) => source.open(tensor, folder, beside, signal),
    log,
  );
  registerCheckpointCommand(context, log, checkpoints);
  registerShapeCommands(context, log, screen, layers, examples, new WeightEditor(checkpoints), world);
  registerPaperCommands(context, log, papers, index);
  registerArxivCommand(
    context,
    log,
    new ArxivPapers(index, papers, log, (path, signal) => titleOf(indexing.get, path, signal)),
  );
  registerFindInPapers(context, log, papers, index, panels, readings);
  registerCompareCommand(context, log, runtime, panels, world);
  registerSampleCommand(context, log);
  registerPackageCommands(context, log, packages, traces, world);
  PackageFix.register(context, traces);
  registerCommand(context, log, commandIds.getTransformers, getTransformers);
  registerCommand(context, log, commandIds.getCuda, () => getCuda(runtime));
  registerCommand(context, log, commandIds.restartRuntime, () => runtime.restart());
  registerCommand(context, log, commandIds.showLog, () => log.show());
}
