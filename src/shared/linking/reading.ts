import { goingOnFrom, NOTHING, SPACE } from "./written-spelling.ts";

/** A spelling, as `goingOnFrom` reads its pattern, and what it means that it ends. */
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
  /** Every reading of several states there is, by these. */
  readonly #all: Map<string, Reading<T>>;
  /** By the next character: where it leads each state, or the reading once a text has gone on so. */
  #next: Map<string, Step<T>[] | Reading<T>> | null = null;

  private constructor(states: readonly State<T>[], all: Map<string, Reading<T>>) {
    this.#states = states;
    this.#all = all;
    this.endings = endingsOf(states);
  }

  /** The beginning of all spellings. */
  static of<T>(spellings: readonly Ending<T>[]): Reading<T> {
    const ids = { next: 0 };
    return new Reading(
      spellings.map((ending, order) => new Spelling(ending, order, ids).beginning()),
      new Map(),
    );
  }

  /** The characters that some spelling goes on with. */
  characters(): string[] {
    this.#next ??= this.#goingOn();
    return [...this.#next.keys()];
  }

  /** What is left after one more character, or a `GAP`; null where no spelling goes on so. */
  next(character: string): Reading<T> | null {
    this.#next ??= this.#goingOn();
    const known = this.#next.get(character);
    if (known === undefined) return null;
    if (known instanceof Reading) return known;
    const next = this.#readingOf(known);
    this.#next.set(character, next);
    return next;
  }

  /** The spellings that a whole text is one of; its gaps are single spaces. */
  whole(text: string): readonly Ending<T>[] {
    let at: Reading<T> | null = this;
    for (let unit = 0; at !== null && unit < text.length; unit++) at = at.next(text[unit]!);
    return at?.endings ?? [];
  }

  #readingOf(steps: readonly Step<T>[]): Reading<T> {
    if (steps.length === 1) {
      const state = steps[0]!.to();
      state.alone ??= new Reading([state], this.#all);
      return state.alone;
    }
    const states = new Set(steps.map(step => step.to()));
    const key = Array.from(states, ({ id }) => id).join();
    const next = this.#all.get(key) ?? new Reading([...states], this.#all);
    this.#all.set(key, next);
    return next;
  }

  #goingOn(): Map<string, Step<T>[]> {
    const goingOn = new Map<string, Step<T>[]>();
    for (const state of this.#states) {
      for (const step of state.steps()) {
        const others = goingOn.get(step.character);
        if (others === undefined) goingOn.set(step.character, [step]);
        else others.push(step);
      }
    }
    return goingOn;
  }
}

function endingsOf<T>(states: readonly State<T>[]): readonly Ending<T>[] {
  if (states.length === 1) return states[0]!.ending === null ? [] : [states[0]!.ending];
  const ended = states.filter(({ ending }) => ending !== null);
  return ended.sort((a, b) => b.order - a.order).map(({ ending }) => ending!);
}

/** Where one spelling has been read up to: its beginning, or past some character of it, or past a gap after that. */
interface State<T> {
  readonly id: number;
  /** Place among the spellings. */
  readonly order: number;
  /** The spelling, if it ends here. */
  readonly ending: Ending<T> | null;
  /** The reading of this state and no other, once there is one. */
  alone: Reading<T> | null;
  steps(): readonly Step<T>[];
}

interface Step<T> {
  readonly character: string;
  /** Always the same state. */
  to(): State<T>;
}

/** A spelling that is read; its states are made when they are first reached. */
class Spelling<T> {
  private readonly ending: Ending<T>;
  private readonly order: number;
  private readonly ids: { next: number };
  private readonly known = new Map<number, State<T>>();

  constructor(ending: Ending<T>, order: number, ids: { next: number }) {
    this.ending = ending;
    this.order = order;
    this.ids = ids;
  }

  /** Before it. A gap before the first character is none. */
  beginning(): State<T> {
    return this.state(null, () => goingOnFrom(this.ending.pattern, 0).steps.map(step => this.stepTo(step)));
  }

  private past(place: number): State<T> {
    const before = this.known.get(place);
    if (before !== undefined) return before;
    const { steps, ends } = goingOnFrom(this.ending.pattern, place);
    const state = this.state(ends ? this.ending : null, () => {
      const own = steps.filter(({ between }) => between !== SPACE).map(step => this.stepTo(step));
      const afterGap = steps.filter(({ between }) => between !== NOTHING);
      if (afterGap.length === 0) return own;
      const gap = this.state(null, () => afterGap.map(step => this.stepTo(step)));
      return [...own, { character: GAP, to: () => gap }];
    });
    this.known.set(place, state);
    return state;
  }

  private stepTo({ character, to }: { readonly character: string; readonly to: number }): Step<T> {
    return { character, to: () => this.past(to) };
  }

  private state(ending: Ending<T> | null, findSteps: () => Step<T>[]): State<T> {
    let steps: Step<T>[] | null = null;
    return {
      id: this.ids.next++,
      order: this.order,
      ending,
      alone: null,
      steps: () => {
        steps ??= findSteps();
        return steps;
      },
    };
  }
}
