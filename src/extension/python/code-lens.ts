import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { commandIds, settingIds } from "../ids.ts";
import { settings } from "../settings.ts";
import type { PythonReadings } from "./python-readings.ts";

/** Which layer a class of a file would show, once that is known. */
export interface ShownLayers {
  /** Number of the layer; null where the class is not in a repeated layer, or nothing ran yet. */
  layerOf(file: string, className: string): number | null;
  readonly onDidChange: vscode.Event<void>;
}

/** "Run live" above every module class of a Python file. Starts no process. */
export class RunLiveLens extends Disposable implements vscode.CodeLensProvider {
  static register(context: vscode.ExtensionContext, layers: ShownLayers, readings: PythonReadings): void {
    const lens = new RunLiveLens(layers, readings);
    context.subscriptions.push(
      lens,
      vscode.languages.registerCodeLensProvider({ language: "python", scheme: "file" }, lens),
    );
  }

  readonly #layers: ShownLayers;
  readonly #readings: PythonReadings;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(layers: ShownLayers, readings: PythonReadings) {
    super();
    this.#layers = layers;
    this.#readings = readings;
    this.register(layers.onDidChange(() => this.#changed.fire()));
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (change.affectsConfiguration(settingIds.codeLens)) this.#changed.fire();
      }),
    );
  }

  provideCodeLenses(document: vscode.TextDocument, token: vscode.CancellationToken): vscode.CodeLens[] {
    if (!settings.codeLens || token.isCancellationRequested) return [];
    const classes = this.#readings.of(document)?.classes ?? [];
    return classes.map(
      ({ name, line }) =>
        new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
          title: this.#title(document.uri.fsPath, name),
          tooltip: t("Runs {0} from this file, with unsaved changes, and shows its values", name),
          command: commandIds.runLive,
          arguments: [{ file: document.uri.fsPath, class: name }],
        }),
    );
  }

  #title(file: string, className: string): string {
    const layer = this.#layers.layerOf(file, className);
    return layer === null ? t("$(play) Run live") : t("$(play) Run live · layer {0}", layer);
  }
}
