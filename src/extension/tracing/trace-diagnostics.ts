import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { documentLine, inCells, type PythonSource, sourceOf } from "../source/python-source.ts";
import type { BackgroundTraces, SourceState } from "./background-traces.ts";
import { type MarkSpan, type SourceMark, sourceMarks } from "./source-marks.ts";

/** What is left out of a source while it is traced is only hinted at: in the reader's Python it may be right. */
const SEVERITIES: Readonly<Record<SourceMark["kind"], vscode.DiagnosticSeverity>> = {
  "left-out": vscode.DiagnosticSeverity.Hint,
  stopped: vscode.DiagnosticSeverity.Information,
};

/** Statements that are told to rest on one that is left out, at most. */
const MOST_RESTING = 8;

/** Marks lines that cannot be traced as diagnostics of their documents, until they can. */
export class TraceDiagnostics extends Disposable {
  readonly #traces: BackgroundTraces;
  readonly #shown = this.register(vscode.languages.createDiagnosticCollection("papertrace.trace"));

  constructor(traces: BackgroundTraces) {
    super();
    this.#traces = traces;
    this.register(traces.onDidChange(file => this.#update(file)));
    this.register(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#shown.delete(uri)));
  }

  #update(file: string): void {
    const sources = vscode.workspace.textDocuments.map(sourceOf);
    const source = sources.find(each => each?.file === file);
    const state = source ? this.#traces.of(source.parts[0]!.document) : null;
    if (!source || !state || state.busy) return;
    const marks = sourceMarks(state);
    for (const { document } of source.parts) {
      const own = marks.flatMap(mark => {
        const place = locationOf(source, mark.span);
        return place?.uri.toString() === document.uri.toString() ? diagnostic(source, state, mark) : [];
      });
      this.#shown.set(document.uri, own);
    }
  }
}

function diagnostic(source: PythonSource, { file }: SourceState, mark: SourceMark): vscode.Diagnostic[] {
  const place = locationOf(source, mark.span);
  if (place === null) return [];
  const made = new vscode.Diagnostic(place.range, inCells(mark.message, file), SEVERITIES[mark.kind]);
  made.source = "Papertrace";
  made.relatedInformation = mark.resting.slice(0, MOST_RESTING).flatMap(span => {
    const at = locationOf(source, span);
    return at
      ? [new vscode.DiagnosticRelatedInformation(at, t("This rests on it and is left out too."))]
      : [];
  });
  return [made];
}

/** Where a span of a source is in its documents; null where the text is no longer so long. */
function locationOf(source: PythonSource, { line, column, endColumn }: MarkSpan): vscode.Location | null {
  const place = documentLine(source, line);
  if (place === null || place.line >= place.document.lineCount) return null;
  const { text, firstNonWhitespaceCharacterIndex: indent } = place.document.lineAt(place.line);
  const units = (points: number) => Array.from(text).slice(0, points).join("").length;
  const start = Math.max(units(column), indent);
  const end = endColumn === null ? text.trimEnd().length : units(endColumn);
  return new vscode.Location(
    place.document.uri,
    new vscode.Range(place.line, start, place.line, Math.max(start, end)),
  );
}
