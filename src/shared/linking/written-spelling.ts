/** A character that a spelling may go on with. */
export interface Step {
  readonly character: string;
  /** The place that is reached past it. */
  readonly to: number;
  /** The gap before it. */
  readonly between: Between;
}

/** What lies between two characters: nothing, a gap, or a gap or nothing. Of several side by side the greatest counts. */
type Between = typeof NOTHING | typeof SPACE | typeof HYPHEN;
export const NOTHING = 0;
export const SPACE = 1;
const HYPHEN = 2;

/**
 * How a pattern goes on from a place in it, of which 0 is the first, and whether it may end there. A space stands for a gap,
 * a hyphen for a gap or nothing, `{a|b|}` for either of its alternatives, which may hold others. Gaps that alternatives
 * leave side by side are one; gaps at either end are none.
 */
export function goingOnFrom(
  pattern: string,
  place: number,
): { readonly steps: readonly Step[]; readonly ends: boolean } {
  const steps: Step[] = [];
  let ends = false;
  const reached: Reached[] = [{ place, between: NOTHING }];
  for (const { place, between } of reached) {
    const own = pattern[place];
    const without = withoutCharacter(pattern, place);
    if (own === undefined) ends = true;
    else if (without === null) steps.push({ character: own, to: place + 1, between });
    else {
      for (const to of without) {
        const next = { place: to, between: Math.max(between, GAPS[own] ?? NOTHING) as Between };
        if (!reached.some(old => old.place === next.place && old.between === next.between))
          reached.push(next);
      }
    }
  }
  return { steps, ends };
}

interface Reached {
  readonly place: number;
  readonly between: Between;
}

const GAPS: Readonly<Record<string, Between>> = { " ": SPACE, "-": HYPHEN };

/** The places that a place leads to without a character; null where there is one. */
function withoutCharacter(pattern: string, place: number): readonly number[] | null {
  switch (pattern[place]) {
    case " ":
    case "-":
    case "}":
      return [place + 1];
    case "{":
      return [
        place + 1,
        ...marksAfter(pattern, place).flatMap(mark => (pattern[mark] === "|" ? mark + 1 : [])),
      ];
    case "|":
      return [(marksAfter(pattern, place).at(-1) ?? pattern.length - 1) + 1];
    default:
      return null;
  }
}

/** The bars that follow within the same group, and its end. */
function marksAfter(pattern: string, place: number): number[] {
  const marks: number[] = [];
  for (let at = place + 1, depth = 0; at < pattern.length && depth >= 0; at++) {
    const own = pattern[at];
    if (depth === 0 && (own === "|" || own === "}")) marks.push(at);
    if (own === "{") depth++;
    else if (own === "}") depth--;
  }
  return marks;
}
