import * as vscode from "vscode";
import type { TracedParameter } from "../../shared/trace.ts";
import { Disposable } from "../disposable.ts";
import { type PythonSource, sourceLine, sourceOf } from "../source/python-source.ts";
import type { BackgroundTraces, SourceState } from "../tracing/background-traces.ts";
import { parametersAt } from "../weights/weight-places.ts";
import { atLinesOfNow, type ShownPlace, shownPlaces } from "./shown-shapes.ts";

/** What of a source has shapes, at the lines of now. */
export interface ScreenShapes {
  readonly state: SourceState;
  readonly source: PythonSource;
  readonly places: readonly ShownPlace[];
  /** The same, to be pointed at. */
  readonly pointable: readonly ShownPlace[];
}

/** Shapes of what is on screen, worked out once for each text and each trace. */
export class ShapesOnScreen extends Disposable {
  readonly #traces: BackgroundTraces;
  readonly #known = new Map<string, { readonly text: string; readonly shapes: ScreenShapes }>();
  readonly #changed = this.register(new vscode.EventEmitter<string>());
  /** More is known of the source of this path. */
  readonly onDidChange = this.#changed.event;

  constructor(traces: BackgroundTraces) {
    super();
    this.#traces = traces;
    this.register(
      traces.onDidChange(file => {
        this.#known.delete(file);
        this.#changed.fire(file);
      }),
    );
  }

  /** How the tracing of a document's source stands; null where it was not looked at. */
  stateOf(document: vscode.TextDocument): SourceState | null {
    return this.#traces.of(document);
  }

  of(document: vscode.TextDocument): ScreenShapes | null {
    const state = this.stateOf(document);
    const source = state && (state.current ?? state.earlier) ? sourceOf(document) : null;
    if (!state || !source) return null;
    const known = this.#known.get(state.file);
    if (known && known.shapes.state === state && known.text === source.text)
      return { ...known.shapes, source };
    const places = shownPlaces(source.text.split(/\r?\n/), state.current, state.earlier);
    const shapes = { state, source, places, pointable: atLinesOfNow(places) };
    this.#known.set(state.file, { text: source.text, shapes });
    return shapes;
  }
}

/** Range of a document that lines of a source are; null where they lie in another document. */
export function lineIn(source: PythonSource, document: vscode.TextDocument, line: number): number | null {
  const own = line - sourceLine(source, document, 0);
  return own >= 0 && own < document.lineCount ? own : null;
}

/** Parameters behind a line; those of a line that was edited since are not known. */
export function parametersOf(
  screen: ScreenShapes | null,
  source: PythonSource,
  line: number,
  place: ShownPlace | null,
  layer: number | null,
): readonly TracedParameter[] {
  const current = screen?.state.current;
  const now = source.text.split("\n", line + 1)[line]?.replace(/\r$/, "");
  if (!current || current.lines[line] !== now) return [];
  for (const trace of current.shapes.traces) {
    const found = parametersAt(trace, source.file, line + 1, place, layer);
    if (found.length > 0) return found;
  }
  return [];
}
