import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { describeProvider, providerName } from "../../shared/provider.ts";
import type { ComponentPanels } from "../component/component-panels.ts";
import { Disposable } from "../disposable.ts";
import { commandIds } from "../ids.ts";
import type { ModelLibrary } from "../models/model-library.ts";
import type { Runtime } from "./runtime.ts";

/** Model, provider and work in progress; there while a panel is open. */
export class StatusBar extends Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #runtime: Runtime;
  readonly #library: ModelLibrary;
  readonly #panels: ComponentPanels;
  #turn = 0;

  constructor(runtime: Runtime, library: ModelLibrary, panels: ComponentPanels) {
    super();
    this.#runtime = runtime;
    this.#library = library;
    this.#panels = panels;
    this.#item = this.register(
      vscode.window.createStatusBarItem("papertrace.status", vscode.StatusBarAlignment.Right, 90),
    );
    this.#item.name = "Papertrace";
    for (const event of [runtime.onDidChange, library.onDidChange, panels.onDidChange])
      this.register(event(() => void this.#update()));
  }

  async #update(): Promise<void> {
    const turn = ++this.#turn;
    if (this.#panels.all.length === 0) {
      this.#item.hide();
      return;
    }
    const shown = this.#panels.current?.document?.model ?? null;
    const label = shown?.label ?? (await this.#library.default().catch(() => null))?.label ?? t("no model");
    // A later update that had nothing to wait for has been quicker.
    if (this.isDisposed || turn !== this.#turn) return;
    const provider = shown?.provider ?? this.#runtime.provider?.provider;
    const check = shown?.check ?? null;
    const note = shown ? describeProvider(shown.provider, shown.providerNote, check) : null;
    const serving = [provider && providerName(provider), check?.agrees ? t("checked") : null]
      .filter(Boolean)
      .join(", ");
    const busy = this.#runtime.isBusy;
    this.#item.text = `$(${busy ? "loading~spin" : "pulse"}) ${[label, serving].filter(Boolean).join(" · ")}`;
    this.#item.tooltip = tooltip(label, shown?.precision, provider, note, busy);
    this.#item.command = busy ? commandIds.cancel : commandIds.chooseModel;
    this.#item.accessibilityInformation = { label: t("Papertrace runs {0}", label) };
    this.#item.show();
  }
}

function tooltip(
  label: string,
  precision: string | undefined,
  provider: string | undefined,
  note: string | null,
  busy: boolean,
): string {
  const facts = [label, precision, provider].filter(Boolean).join(" · ");
  return [facts, note, busy ? t("Running; click to cancel") : t("Click to choose a model")]
    .filter(line => line !== null)
    .join("\n");
}
