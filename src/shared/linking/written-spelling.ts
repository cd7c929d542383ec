/** A character that a spelling may go on with. */
export interface Step {
  readonly character: string;
  /** The node that is reached past it. */
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
 * A pattern as a graph: from node to node by a character, or by none where a group or a gap is. A space stands for a gap, a
 * hyphen for a gap or nothing, `{a|b|}` for either of its alternatives, which may hold others. Gaps that alternatives leave
 * side by side are one; gaps at either end are none.
 */
export class WrittenSpelling {
  readonly #nodes: Node[] = [];
  readonly #last: number;

  constructor(pattern: string) {
    let unit = 0;
    const node = () => this.#nodes.push({ characters: [], others: [] }) - 1;
    /** From a node to the end of an alternative, or of the pattern. */
    const sequence = (from: number): number => {
      let at = from;
      for (let own = pattern[unit]; own !== undefined && own !== "|" && own !== "}"; own = pattern[unit]) {
        if (own === "{") {
          at = group(at);
          continue;
        }
        unit++;
        const to = node();
        if (own === " ") this.#nodes[at]!.others.push({ between: SPACE, to });
        else if (own === "-") this.#nodes[at]!.others.push({ between: HYPHEN, to });
        else this.#nodes[at]!.characters.push({ character: own, to, between: NOTHING });
        at = to;
      }
      return at;
    };
    const group = (from: number): number => {
      const end = node();
      do {
        unit++;
        const begin = node();
        this.#nodes[from]!.others.push({ between: NOTHING, to: begin });
        this.#nodes[sequence(begin)]!.others.push({ between: NOTHING, to: end });
      } while (pattern[unit] === "|");
      unit++;
      return end;
    };
    this.#last = sequence(node());
  }

  /** How the spelling goes on from a node, of which 0 is the first, and whether it may end there. */
  after(node: number): { readonly steps: readonly Step[]; readonly ends: boolean } {
    const own = this.#nodes[node]!;
    // As inside a word.
    if (own.others.length === 0) return { steps: own.characters, ends: node === this.#last };
    const steps: Step[] = [];
    let ends = false;
    const reached: { readonly node: number; readonly between: Between }[] = [{ node, between: NOTHING }];
    for (const { node, between } of reached) {
      const { characters, others } = this.#nodes[node]!;
      ends ||= node === this.#last;
      for (const { character, to } of characters) steps.push({ character, to, between });
      for (const other of others) {
        const next = { node: other.to, between: Math.max(between, other.between) as Between };
        if (!reached.some(old => old.node === next.node && old.between === next.between)) reached.push(next);
      }
    }
    return { steps, ends };
  }
}

interface Node {
  readonly characters: Step[];
  readonly others: { readonly between: Between; readonly to: number }[];
}
