import type { NamedValue, Trace } from "../../shared/trace.ts";

/** Where a reader points in a file: `line` from 1, `column` in code points, and the name under the pointer. */
export interface Pointed {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly word: string;
}

/**
 * The value that a reader points at: the variable of that name as the same function assigned it last, else what the
 * innermost assignment around the pointer gives. Of modules that ran the same line, the one that a panel shows comes
 * first, then the first.
 * @param shown module path of the panel.
 */
export function valueAt(trace: Trace, pointed: Pointed, shown: string): NamedValue | null {
  const file = trace.files.findIndex(entry => entry.path === pointed.file);
  if (file < 0) return null;
  const here = trace.named.flatMap(named => {
    const place = named.place === null ? undefined : trace.places[named.place];
    return place?.file === file && named.variable !== null ? [{ named, place }] : [];
  });
  const around = here.filter(({ place }) => place.line <= pointed.line && pointed.line <= place.endLine);
  const byName = here.filter(({ named }) => named.variable === pointed.word);
  const functionHere = around[0]?.place.function ?? nearestFunction(here, pointed.line);
  const earlier = byName.filter(
    ({ place }) =>
      place.function === functionHere && place.line <= pointed.line && place.endLine <= pointed.line,
  );
  const latest = Math.max(...earlier.map(({ place }) => place.line));
  const candidates = earlier.some(({ place }) => place.line === latest)
    ? earlier.filter(({ place }) => place.line === latest)
    : innermost(around);
  return preferred(trace, candidates, shown)?.named ?? null;
}

interface Candidate {
  readonly named: NamedValue;
  readonly place: Trace["places"][number];
}

/** The function whose traced lines come last before a line. */
function nearestFunction(candidates: readonly Candidate[], line: number): string | undefined {
  let nearest: Candidate | undefined;
  for (const candidate of candidates)
    if (candidate.place.line <= line && candidate.place.line > (nearest?.place.line ?? 0))
      nearest = candidate;
  return nearest?.place.function;
}

function innermost(candidates: readonly Candidate[]): readonly Candidate[] {
  const height = ({ place }: Candidate) => place.endLine - place.line;
  const least = Math.min(...candidates.map(height));
  return candidates.filter(candidate => height(candidate) === least);
}

function preferred(trace: Trace, candidates: readonly Candidate[], shown: string): Candidate | undefined {
  const path = ({ named }: Candidate) => trace.modules[named.module]!.path;
  return (
    candidates.findLast(candidate => path(candidate) === shown) ??
    candidates.find(
      candidate => path(candidate).startsWith(`${shown}.`) || shown.startsWith(`${path(candidate)}.`),
    ) ??
    candidates[0]
  );
}
