import { mapLines } from "../../shared/line-map.ts";
import type { Place } from "../../shared/trace.ts";
import type { TracedPlace, TracedSource } from "./traced-source.ts";

/** A traced text, as far as this needs it. */
export interface Traced {
  readonly traced: TracedSource;
  readonly lines: readonly string[];
}

/** A traced place where it stands in the text of now. */
export interface ShownPlace extends TracedPlace {
  /** Lines from 0 in the text of now. */
  readonly line: number;
  readonly endLine: number;
  /** It is of an earlier text; the present one cannot be traced there. */
  readonly stale: boolean;
}

/**
 * The traced places that the text of now still has, at their lines; lines that were changed have none until they are traced
 * again. Of an earlier text only the functions that the last one does not reach.
 */
export function shownPlaces(
  text: readonly string[],
  current: Traced | null,
  earlier: Traced | null,
): readonly ShownPlace[] {
  const fresh = current ? moved(current, text, false) : [];
  if (earlier === null) return fresh;
  const reached = current?.traced.functions ?? new Set<string>();
  return [...fresh, ...moved(earlier, text, true).filter(({ place }) => !reached.has(place.function))];
}

function moved({ traced, lines }: Traced, text: readonly string[], stale: boolean): readonly ShownPlace[] {
  const map = lines === text ? null : mapLines(lines, text);
  const at = (line: number) => (map ? (map[line - 1] ?? -1) : line - 1);
  return traced.places.flatMap((traced): ShownPlace[] => {
    const line = at(traced.place.line);
    const endLine = at(traced.place.endLine);
    const whole = line >= 0 && endLine - line === traced.place.endLine - traced.place.line;
    return whole ? [{ ...traced, line, endLine, stale }] : [];
  });
}

/** The same places by the lines of now, to be pointed at. */
export function atLinesOfNow(places: readonly ShownPlace[]): readonly ShownPlace[] {
  return places.map(each => {
    const place: Place = { ...each.place, line: each.line + 1, endLine: each.endLine + 1 };
    return { ...each, place };
  });
}
