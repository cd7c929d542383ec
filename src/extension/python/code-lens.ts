import * as vscode from "vscode";
import { packageToGet } from "../../runtime/packages/absent.ts";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { commandIds, settingIds } from "../ids.ts";
import { settings } from "../settings.ts";
import { isFoundation } from "../source/outline.ts";
import { pythonSelector, sourceOf } from "../source/python-source.ts";
import type { ChosenLayers } from "./chosen-layers.ts";
import type { PythonReadings } from "./python-readings.ts";
import { lineIn, type ShapesOnScreen } from "./screen-shapes.ts";
import { layerIn, modulesOfClass } from "./traced-source.ts";

/** Which layer a class of a file would show, once that is known. */
export interface ShownLayers {
  /** Number of the layer; null where the class is not in a repeated layer, or nothing ran yet. */
  layerOf(file: string, className: string): number | null;
  readonly onDidChange: vscode.Event<void>;
}

/**
 * "Run live" above every module class of a Python file or notebook, with the layer that it would show; where nothing says
 * what a class is built with, the way to say it. Starts no process.
 */
export class RunLiveLens extends Disposable implements vscode.CodeLensProvider {
  static register(
    context: vscode.ExtensionContext,
    shown: ShownLayers,
    chosen: ChosenLayers,
    shapes: ShapesOnScreen,
    readings: PythonReadings,
  ): void {
    const lens = new RunLiveLens(shown, chosen, shapes, readings);
    context.subscriptions.push(lens, vscode.languages.registerCodeLensProvider(pythonSelector, lens));
  }

  readonly #shown: ShownLayers;
  readonly #chosen: ChosenLayers;
  readonly #shapes: ShapesOnScreen;
  readonly #readings: PythonReadings;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(shown: ShownLayers, chosen: ChosenLayers, shapes: ShapesOnScreen, readings: PythonReadings) {
    super();
    this.#shown = shown;
    this.#chosen = chosen;
    this.#shapes = shapes;
    this.#readings = readings;
    for (const event of [
      shown.onDidChange,
      chosen.onDidChange,
      shapes.onDidChange,
    ] as vscode.Event<unknown>[])
      this.register(event(() => this.#changed.fire()));
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (change.affectsConfiguration(settingIds.codeLens)) this.#changed.fire();
      }),
    );
  }

  provideCodeLenses(document: vscode.TextDocument, token: vscode.CancellationToken): vscode.CodeLens[] {
    if (!settings.codeLens || token.isCancellationRequested) return [];
    const classes = this.#readings.of(document)?.classes ?? [];
    const source = classes.length > 0 ? sourceOf(document) : null;
    if (source === null) return [];
    return classes.flatMap(entry => {
      if (isFoundation(entry, classes)) return [];
      const { name, line } = entry;
      const own = lineIn(source, document, line);
      if (own === null) return [];
      const command = this.#command(document, source.file, name);
      return [new vscode.CodeLens(new vscode.Range(own, 0, own, 0), command)];
    });
  }

  #command(document: vscode.TextDocument, file: string, name: string): vscode.Command {
    const state = this.#shapes.stateOf(document);
    const own = state?.problems.filter(each => each.class === name) ?? [];
    const lacked = own.map(each => packageToGet(each.package)).find(each => each !== null);
    if (lacked)
      return {
        title: t("$(cloud-download) Get {0} to run {1}", lacked, name),
        tooltip: own[0]!.message,
        command: commandIds.getPackage,
        arguments: [lacked],
      };
    const problem = own.find(each => each.needsExample && each.line === null);
    if (problem)
      return {
        title: t("$(edit) Give an example to run {0}", name),
        tooltip: problem.message,
        command: commandIds.editExample,
        arguments: [{ file, class: name }],
      };
    const layer = this.#layerOf(document, file, name);
    return {
      title: layer === null ? t("$(play) Run live") : t("$(play) Run live · layer {0}", layer),
      tooltip: t("Runs {0} from this file, with unsaved changes, and shows its values", name),
      command: commandIds.runLive,
      arguments: [{ file, class: name, ...(layer === null ? {} : { layer }) }],
    };
  }

  /** The layer that a panel shows, else the chosen one if the class is in it, else the first; null where there is one only. */
  #layerOf(document: vscode.TextDocument, file: string, name: string): number | null {
    const shown = this.#shown.layerOf(file, name);
    if (shown !== null) return shown;
    const state = this.#shapes.stateOf(document);
    const traces = (state?.current ?? state?.earlier)?.shapes.traces ?? [];
    for (const trace of traces) {
      const layers = modulesOfClass(trace, file, name).flatMap(path => layerIn(path) ?? []);
      if (layers.length === 0) continue;
      if (new Set(layers).size < 2) return null;
      const chosen = this.#chosen.of(file);
      return chosen !== null && layers.includes(chosen) ? chosen : layers[0]!;
    }
    return null;
  }
}
