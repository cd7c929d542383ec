import { basename } from "node:path";
import * as vscode from "vscode";
import { packageToGet } from "../../runtime/packages/absent.ts";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { commandIds } from "../ids.ts";
import { pythonSelector } from "../source/python-source.ts";
import type { BackgroundTraces } from "./background-traces.ts";

/** What is known of the shapes of the file in front, among the statuses of its language. */
export class TraceStatus extends Disposable {
  readonly #item: vscode.LanguageStatusItem;
  readonly #traces: BackgroundTraces;

  constructor(traces: BackgroundTraces) {
    super();
    this.#traces = traces;
    this.#item = this.register(
      vscode.languages.createLanguageStatusItem("papertrace.shapes", pythonSelector),
    );
    this.#item.name = t("Papertrace shapes");
    this.register(traces.onDidChange(() => this.#update()));
    this.register(vscode.window.onDidChangeActiveTextEditor(() => this.#update()));
    this.register(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#update()));
    this.#update();
  }

  #update(): void {
    const document = vscode.window.activeTextEditor?.document;
    const state = document ? this.#traces.of(document) : null;
    const item = this.#item;
    item.busy = state?.busy ?? false;
    item.severity = vscode.LanguageStatusSeverity.Information;
    item.command = { title: t("Edit example"), command: commandIds.editExample };
    if (!vscode.workspace.isTrusted) {
      item.text = t("No shapes: this workspace is not trusted");
      item.detail = undefined;
      item.command = { title: t("Manage Trust"), command: "workbench.trust.manage" };
      return;
    }
    if (state?.busy) {
      item.text = t("Tracing shapes");
      item.detail = basename(state.file);
      item.command = { title: t("Cancel"), command: commandIds.cancel };
      return;
    }
    const traces = state?.current?.shapes.traces ?? [];
    const classes = new Set(traces.flatMap(trace => trace.modules.map(module => module.class)));
    item.text = traces.length > 0 ? t("Shapes of {0} classes", classes.size) : t("No shapes");
    item.detail = [...(state?.current?.shapes.origins.values() ?? [])][0];
    const problem = state?.problems[0];
    if (!problem) return;
    if (traces.length === 0) item.severity = vscode.LanguageStatusSeverity.Warning;
    item.detail = problem.message;
    const lacked = packageToGet(problem.package);
    if (lacked !== null)
      item.command = {
        title: t("Get {0}…", lacked),
        command: commandIds.getPackage,
        arguments: [lacked],
      };
    else if (problem.file !== null && problem.line !== null)
      item.command = {
        title: t("Show line {0}", problem.line),
        command: "vscode.open",
        arguments: [
          vscode.Uri.file(problem.file),
          { selection: new vscode.Range(problem.line - 1, 0, problem.line - 1, 0) },
        ],
      };
  }
}
