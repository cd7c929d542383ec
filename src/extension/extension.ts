import * as vscode from "vscode";
import { setBundle } from "../shared/l10n.ts";
import { componentName } from "./catalogue.ts";
import { registerComponentCommands } from "./commands/component-commands.ts";
import { registerPaperCommands } from "./commands/paper-commands.ts";
import { registerCommand } from "./commands/register.ts";
import { remedy } from "./commands/remedy.ts";
import { registerSampleCommand } from "./commands/sample-commands.ts";
import { showSource } from "./commands/show-source.ts";
import { pickSource } from "./commands/source-choice.ts";
import { ComponentPanels } from "./component/component-panels.ts";
import { initialState } from "./component/initial-state.ts";
import { LiveWork } from "./component/live-work.ts";
import { commandIds } from "./ids.ts";
import { ModelCommands } from "./models/model-commands.ts";
import { ModelLibrary } from "./models/model-library.ts";
import { ModelsView } from "./models/models-view.ts";
import { PaperEditors } from "./paper/paper-editors.ts";
import { RunLiveLens } from "./python/code-lens.ts";
import { ComponentHover } from "./python/hover.ts";
import { PanelValues } from "./python/panel-values.ts";
import { PythonReadings } from "./python/python-readings.ts";
import { createLive } from "./runtime/create-live.ts";
import { Runtime } from "./runtime/runtime.ts";
import { StatusBar } from "./runtime/status-bar.ts";
import { getTransformers } from "./runtime/transformers.ts";
import { vscodeWorld } from "./source/vscode-world.ts";
import { requireTrust } from "./trust.ts";
import { Pages } from "./webview/pages.ts";

/** Registers everything and starts nothing: processes, models and pages come when they are first asked for. */
export function activate(context: vscode.ExtensionContext): void {
  const bundle = vscode.l10n.bundle ?? {};
  setBundle(bundle);
  const log = vscode.window.createOutputChannel("Papertrace", { log: true });
  const pages = new Pages(context.extensionUri, bundle);
  const library = new ModelLibrary();
  const runtime = new Runtime(() => createLive(context.extensionUri, log));
  const world = vscodeWorld(library);
  const values = new PanelValues();
  context.subscriptions.push(log, library, runtime, values);

  const models = ModelCommands.register(context, log, library);
  ModelsView.register(context, library);
  const panels = ComponentPanels.register(
    context,
    pages,
    () => values.follow(new LiveWork(runtime, world)),
    {
      openSource: (target, beside) => void showSource(target, beside),
      findInPaper: component => void papers.find(component, componentName(component)),
      chooseModel: current => models.choose(current),
      chooseSource: pickSource,
      remedy,
    },
    log,
  );
  const openComponent = (component: string) => {
    if (requireTrust()) panels.open(initialState(component));
  };
  const papers = PaperEditors.register(context, pages, { openComponent }, log);
  context.subscriptions.push(
    new StatusBar(runtime, library, panels),
    runtime.onDidRestart(() => panels.refresh()),
    library.onDidChange(() => panels.refreshDefaults()),
  );

  const readings = PythonReadings.register(context);
  RunLiveLens.register(context, values, readings);
  ComponentHover.register(context, values, readings, log);
  registerComponentCommands(context, log, panels, world);
  registerPaperCommands(context, log, papers, panels);
  registerSampleCommand(context, log);
  registerCommand(context, log, commandIds.getTransformers, getTransformers);
  registerCommand(context, log, commandIds.restartRuntime, () => runtime.restart());
  registerCommand(context, log, commandIds.showLog, () => log.show());
}
