import * as vscode from "vscode";
import { packageToGet } from "../../runtime/packages/absent.ts";
import { t } from "../../shared/l10n.ts";
import { commandIds } from "../ids.ts";
import { lineIn } from "../python/screen-shapes.ts";
import { pythonSelector, sourceOf } from "../source/python-source.ts";
import type { BackgroundTraces } from "../tracing/background-traces.ts";

/** Offers a package that a source lacks where the cursor is on its import, or on the line that cannot go on without it. */
export class PackageFix implements vscode.CodeActionProvider {
  static register(context: vscode.ExtensionContext, traces: BackgroundTraces): void {
    const provided = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
    context.subscriptions.push(
      vscode.languages.registerCodeActionsProvider(pythonSelector, new PackageFix(traces), provided),
    );
  }

  readonly #traces: BackgroundTraces;

  constructor(traces: BackgroundTraces) {
    this.#traces = traces;
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const source = sourceOf(document);
    const problems = this.#traces.of(document)?.problems ?? [];
    if (source === null) return [];
    const isHere = (file: string | null | undefined, line: number | null | undefined) => {
      const own = file === source.file && line ? lineIn(source, document, line - 1) : null;
      return own !== null && own >= range.start.line && own <= range.end.line;
    };
    const names = problems.flatMap(({ package: lacked, file, line }) => {
      const name = packageToGet(lacked);
      return name !== null && (isHere(lacked?.file, lacked?.line) || isHere(file, line)) ? [name] : [];
    });
    return [...new Set(names)].map(name => {
      const title = t("Get the Python package {0}…", name);
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.command = { title, command: commandIds.getPackage, arguments: [name] };
      action.isPreferred = true;
      return action;
    });
  }
}
