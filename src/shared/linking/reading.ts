import { NOTHING, SPACE, type Step, WrittenSpelling } from "./written-spelling.ts";

/** A spelling, as `WrittenSpelling` reads its pattern, and what it means that it ends. */
export interface Ending<T> {
  readonly pattern: string;
  readonly value: T;
}

/** How a gap is read, of any width and with or without a hyphen. */
export const GAP = " ";

/**
 * What a text can be read as so far, of any number of spellings at once. Which spellings go on with which character is
 * found out when a text first asks, and kept: a pattern of many alternatives costs what is read of them, not their product.
 */
export class Reading<T> {
  /** The spellings that end here, the last of them first. */
  readonly endings: readonly Ending<T>[];
  readonly #states: readonly State<T>[];
  /** Every reading there is, by its states. */
  readonly #all: Map<string, Reading<T>>;
  /** By the next character: where it leads each state, or the reading once a text has gone on so. */
  #next: Map<string, Edge<T>[] | Reading<T>> | null = null;

  private constructor(states: readonly State<T>[], all: Map<string, Reading<T>>) {
    this.#states = states;
    this.#all = all;
    const ended = states.filter(({ ending }) => ending !== null);
    this.endings = ended.sort((a, b) => b.order - a.order).map(({ ending }) => ending!);
  }

  /** The beginning of all spellings. */
  static of<T>(spellings: readonly Ending<T>[]): Reading<T> {
    let states = 0;
    const beginnings = spellings.map((ending, order) => beginningOf(ending, order, () => states++));
    return new Reading(beginnings, new Map());
  }

  /** What is left after one more character, or a `GAP`; null where no spelling goes on so. */
  next(character: string): Reading<T> | null {
    this.#next ??= this.#goingOn();
    const known = this.#next.get(character);
    if (known === undefined) return null;
    if (known instanceof Reading) return known;
    const states = new Set(known.map(edge => edge.to()));
    const key = Array.from(states, ({ id }) => id).join();
    const next = this.#all.get(key) ?? new Reading([...states], this.#all);
    this.#all.set(key, next);
    this.#next.set(character, next);
    return next;
  }

  /** The spellings that a whole text is one of; its gaps are single spaces. */
  whole(text: string): readonly Ending<T>[] {
    let at: Reading<T> | null = this;
    for (let unit = 0; at !== null && unit < text.length; unit++) at = at.next(text[unit]!);
    return at?.endings ?? [];
  }

  #goingOn(): Map<string, Edge<T>[]> {
    const goingOn = new Map<string, Edge<T>[]>();
    for (const state of this.#states) {
      for (const edge of state.edges()) {
        const others = goingOn.get(edge.character);
        if (others === undefined) goingOn.set(edge.character, [edge]);
        else others.push(edge);
      }
    }
    return goingOn;
  }
}

/** Where one spelling has been read up to: its beginning, or past some character of it, or past a gap after that. */
interface State<T> {
  readonly id: number;
  /** Place among the spellings. */
  readonly order: number;
  /** The spelling, if it ends here. */
  readonly ending: Ending<T> | null;
  edges(): readonly Edge<T>[];
}

interface Edge<T> {
  readonly character: string;
  /** Always the same state. */
  to(): State<T>;
}

/** The state before a spelling; those after it are made when they are first reached. */
function beginningOf<T>(spelling: Ending<T>, order: number, nextId: () => number): State<T> {
  const written = new WrittenSpelling(spelling.pattern);
  const known = new Map<number, State<T>>();
  const create = (ending: Ending<T> | null, findEdges: () => Edge<T>[]): State<T> => {
    let edges: Edge<T>[] | null = null;
    return {
      id: nextId(),
      order,
      ending,
      edges: () => {
        edges ??= findEdges();
        return edges;
      },
    };
  };
  const past = (node: number): State<T> => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const { steps, ends } = written.after(node);
    const state = create(ends ? spelling : null, () => {
      const edges = steps.filter(({ between }) => between !== SPACE).map(edgeOf);
      const afterGap = steps.filter(({ between }) => between !== NOTHING);
      if (afterGap.length === 0) return edges;
      const gap = create(null, () => afterGap.map(edgeOf));
      return [...edges, { character: GAP, to: () => gap }];
    });
    known.set(node, state);
    return state;
  };
  const edgeOf = ({ character, to }: Step): Edge<T> => ({ character, to: () => past(to) });
  // A gap before the first character is none.
  return create(null, () => written.after(0).steps.map(edgeOf));
}
