import { failureText } from "../../runtime/packages/absent.ts";
import { t } from "../../shared/l10n.ts";
import type { Place, Trace } from "../../shared/trace.ts";
import type { SourceShapes } from "./source-shapes.ts";

/** What is said at a line of a source until it is mended. */
export interface SourceMark {
  /** "left-out": tracing goes on without the statement. "stopped": what had shapes cannot be traced through it. */
  readonly kind: "left-out" | "stopped";
  readonly message: string;
  readonly span: MarkSpan;
  /** Statements that are left out because they rest on it. */
  readonly resting: readonly MarkSpan[];
}

/** The first line of a statement: line from 0, columns in code points; null to the line's end. */
export interface MarkSpan {
  readonly line: number;
  readonly column: number;
  readonly endColumn: number | null;
}

/** A text of a source as far as it could be traced. */
interface Traced {
  readonly shapes: Pick<SourceShapes, "traces">;
}

/** What is to be marked in a source, in the order of its lines. */
export function sourceMarks(state: {
  readonly file: string;
  readonly current: Traced | null;
  readonly earlier: Traced | null;
  readonly problems: SourceShapes["problems"];
}): readonly SourceMark[] {
  const marks = new Map<number, SourceMark>();
  for (const trace of state.current?.shapes.traces ?? [])
    for (const mark of leftOut(trace, state.file)) marks.set(mark.span.line, mark);
  const before = state.earlier?.shapes.traces ?? [];
  for (const { class: name, file, line, message, needsExample } of state.problems) {
    // A syntax error is for the editor's own Python; what never had shapes needs an example, perhaps.
    if (file !== state.file || line === null || !needsExample || !hadShapes(before, name)) continue;
    const told = t("{0}\nThe shapes shown are those of the last version that could be traced.", message);
    const span = { line: line - 1, column: 0, endColumn: null };
    marks.set(span.line, { kind: "stopped", message: told, span, resting: [] });
  }
  return [...marks.values()].sort((a, b) => a.span.line - b.span.line);
}

function leftOut({ failed, places, files }: Trace, file: string): SourceMark[] {
  return (failed ?? [])
    .filter(({ place }) => files[places[place]!.file]!.path === file)
    .map(({ place, resting, message, arguments: values }) => ({
      kind: "left-out",
      message: t(
        "{0}\nTracing leaves this statement out; all that does not rest on it is shown.",
        failureText({ message, arguments: values }),
      ),
      span: spanOf(places[place]!),
      resting: resting.map(each => spanOf(places[each]!)),
    }));
}

function spanOf({ line, endLine, column, endColumn }: Place): MarkSpan {
  return { line: line - 1, column, endColumn: endLine === line ? endColumn : null };
}

function hadShapes(traces: readonly Trace[], name: string | null): boolean {
  return traces.some(trace => name === null || trace.modules.some(module => module.class === name));
}
