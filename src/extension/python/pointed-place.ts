import type { TracedPlace } from "./traced-source.ts";

/** Where a reader points: `line` from 1, columns in code points, of the text that was traced. */
export interface PointedPlace {
  readonly line: number;
  readonly column: number;
  /** The name under the pointer; "" on an operator or a bracket. */
  readonly word: string;
  /** The text of the line. */
  readonly text: string;
}

/**
 * What stands under the pointer: a variable as it was assigned last before, in the same function, or as the function was
 * given it; an attribute of self likewise; else the innermost torch call or module around; else what the innermost
 * statement assigns or returns.
 */
export function placeAt<P extends TracedPlace>(places: readonly P[], pointed: PointedPlace): P | null {
  const around = places.filter(({ place }) => contains(place, pointed));
  const name = nameAt(pointed);
  const variable = name === null ? null : variableAt(places, pointed, name, around);
  if (variable) return variable;
  const calls = around.filter(({ kind }) => kind === "call" || kind === "module");
  if (calls.length > 0) return smallest(calls);
  const line = (each: TracedPlace) => each.place.line <= pointed.line && pointed.line <= each.place.endLine;
  const statements = places.filter(
    each => (each.kind === "variable" || each.kind === "return") && line(each),
  );
  return statements.length > 0 ? smallest(statements) : null;
}

/** The variable that a word stands for, `self.x` for attributes of self; null for other attributes and keyword names. */
function nameAt({ text, column, word }: PointedPlace): string | null {
  if (word === "") return null;
  const points = [...text];
  let start = column;
  while (start > 0 && /[\p{L}\p{N}_]/u.test(points[start - 1]!)) start--;
  const before = points.slice(0, start).join("");
  if (/\bself\.$/.test(before)) return `self.${word}`;
  if (/[\p{L}\p{N}_)\]]\.$/u.test(before)) return null;
  const after = points.slice(start + [...word].length).join("");
  // `dim=-1` between parentheses is no variable.
  const opened = (before.match(/\(/g)?.length ?? 0) > (before.match(/\)/g)?.length ?? 0);
  if (opened && /[(,]\s*$/.test(before) && /^\s*=[^=]/.test(after)) return null;
  return word;
}

function variableAt<P extends TracedPlace>(
  places: readonly P[],
  pointed: PointedPlace,
  name: string,
  around: readonly P[],
): P | null {
  const named = places.filter(
    each => each.name === name && (each.kind === "variable" || each.kind === "parameter"),
  );
  if (named.length === 0) return null;
  const inside = functionAt(places, pointed, around);
  const here = named.filter(({ place }) => place.function === inside);
  const target = here.find(
    ({ kind, place }) =>
      kind === "variable" && place.line === pointed.line && isTarget(pointed, place.column),
  );
  if (target) return target;
  const ended = here.filter(
    ({ kind, place }) =>
      place.endLine < pointed.line ||
      (place.endLine === pointed.line && place.endColumn <= pointed.column) ||
      (kind === "parameter" && place.line === pointed.line && place.column <= pointed.column),
  );
  const latest = ended.reduce<P | null>(
    (best, each) => (best === null || isAfter(each.place, best.place) ? each : best),
    null,
  );
  // In a loop, what is read first was assigned at the end of the round before.
  return latest ?? here[0] ?? null;
}

/** Whether the pointer is left of the `=` of an assignment that begins at a column. */
function isTarget({ text, column }: PointedPlace, start: number): boolean {
  const points = [...text];
  if (column < start) return false;
  const equals = points.findIndex(
    (point, at) =>
      at >= start && point === "=" && points[at + 1] !== "=" && !"=!<>:".includes(points[at - 1] ?? ""),
  );
  return equals < 0 || column < equals;
}

/** The innermost function whose places surround or come last before the pointer. */
function functionAt(
  places: readonly TracedPlace[],
  pointed: PointedPlace,
  around: readonly TracedPlace[],
): string | undefined {
  if (around.length > 0) return smallest(around).place.function;
  let nearest: TracedPlace | undefined;
  for (const each of places)
    if (each.place.line <= pointed.line && (!nearest || isAfter(each.place, nearest.place))) nearest = each;
  return nearest?.place.function;
}

function contains(place: TracedPlace["place"], { line, column }: PointedPlace): boolean {
  const begins = place.line < line || (place.line === line && place.column <= column);
  const ends = line < place.endLine || (line === place.endLine && column < place.endColumn);
  return begins && ends;
}

function smallest<P extends TracedPlace>(places: readonly P[]): P {
  const size = ({ place }: P) => (place.endLine - place.line) * 10_000 + place.endColumn - place.column;
  return places.reduce((best, each) => (size(each) < size(best) ? each : best));
}

function isAfter(a: TracedPlace["place"], b: TracedPlace["place"]): boolean {
  return a.line > b.line || (a.line === b.line && a.column >= b.column);
}
