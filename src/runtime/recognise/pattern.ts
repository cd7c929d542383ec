import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";
import type { DataFlow } from "./graph.ts";
import { isComputed } from "./positions.ts";
import { scalarOf } from "./scalar.ts";

/**
 * A shape of the flow of data that leads to a value, read backwards from it. Patterns are made by the functions of this
 * file; changes of type and shape between two operations of a pattern are passed over.
 */
export interface Pattern {
  /** Primitives whose output it can be; null where it may be any value. */
  readonly roots: readonly PrimitiveName[] | null;
  /** Every way in which `value` fits, going on from what was bound before. */
  match(flow: DataFlow, value: number, before: Match): Iterable<Match>;
}

/** One way in which a pattern fits. */
export interface Match {
  /** Values that were given names. */
  readonly bound: Readonly<Record<string, number>>;
  /** The operations that the pattern names, those at the end first. */
  readonly operations: readonly Operation[];
}

/** Another condition on an operation of a pattern. */
export type Condition = (flow: DataFlow, operation: Operation, match: Match) => boolean;

const NOTHING: Match = { bound: {}, operations: [] };

/** The first fit at each value of the trace where a pattern fits, in the order of computation. */
export function occurrences(flow: DataFlow, pattern: Pattern): Match[] {
  const roots = pattern.roots && new Set(pattern.roots);
  return flow.operations.flatMap(operation => {
    if (roots && !roots.has(operation.primitive)) return [];
    const found = first(pattern.match(flow, operation.outputs[0]!, NOTHING));
    return found ? [found] : [];
  });
}

/** Whether a pattern fits a value. */
export function fits(flow: DataFlow, pattern: Pattern, value: number): boolean {
  return first(pattern.match(flow, value, NOTHING)) !== null;
}

/** Any value. */
export const anything: Pattern = {
  roots: null,
  *match(_flow, _value, before) {
    yield before;
  },
};

/** A parameter, in whatever shape. */
export const parameter: Pattern = {
  roots: null,
  *match(flow, value, before) {
    if (flow.isWeight(value)) yield before;
  },
};

/** A number of the source for which `accepts` says yes. */
export function number(accepts: (number: number) => boolean = () => true): Pattern {
  return {
    roots: null,
    *match(flow, value, before) {
      const found = scalarOf(flow, value);
      if (found !== null && accepts(found)) yield before;
    },
  };
}

/** Gives the value a name; where it has one already, only the same value fits. */
export function bind(name: string, pattern: Pattern = anything): Pattern {
  return {
    roots: pattern.roots,
    *match(flow, value, before) {
      const same = flow.unchanged(value);
      const known = before.bound[name];
      if (known !== undefined) {
        if (known === same) yield before;
        return;
      }
      for (const found of pattern.match(flow, value, before))
        yield { ...found, bound: { ...found.bound, [name]: same } };
    },
  };
}

const COMMUTATIVE: ReadonlySet<PrimitiveName> = new Set(["add", "mul", "maximum", "minimum"]);

/** One of these primitives of inputs that fit, in either order where the order makes no difference. */
export function operation(
  primitives: PrimitiveName | readonly PrimitiveName[],
  inputs: readonly Pattern[] = [],
  condition: Condition = () => true,
): Pattern {
  const roots = typeof primitives === "string" ? [primitives] : primitives;
  return {
    roots,
    *match(flow, value, before) {
      const found = flow.producer(flow.unchanged(value));
      if (!found || !roots.includes(found.primitive)) return;
      const orders = [found.inputs];
      if (inputs.length === 2 && COMMUTATIVE.has(found.primitive)) orders.push([...found.inputs].reverse());
      for (const order of orders)
        for (const match of inOrder(flow, inputs, order, {
          ...before,
          operations: [...before.operations, found],
        }))
          if (condition(flow, found, match)) yield match;
    },
  };
}

function* inOrder(
  flow: DataFlow,
  patterns: readonly Pattern[],
  values: readonly (number | null)[],
  before: Match,
): Iterable<Match> {
  const [pattern, ...others] = patterns;
  if (!pattern) {
    yield before;
    return;
  }
  const value = values[0];
  if (value == null) return;
  for (const found of pattern.match(flow, value, before))
    yield* inOrder(flow, others, values.slice(1), found);
}

/** One of several patterns, in this order. */
export function either(...patterns: readonly Pattern[]): Pattern {
  const known = patterns.every(pattern => pattern.roots !== null);
  return {
    roots: known ? [...new Set(patterns.flatMap(pattern => pattern.roots!))] : null,
    *match(flow, value, before) {
      for (const pattern of patterns) yield* pattern.match(flow, value, before);
    },
  };
}

/** The pattern, or operations of these primitives one after another and then the pattern. */
export function through(primitives: readonly PrimitiveName[], pattern: Pattern, most = 8): Pattern {
  const between = new Set(primitives);
  return {
    roots: null,
    *match(flow, value, before) {
      const queue = [{ value: flow.unchanged(value), steps: 0 }];
      const seen = new Set<number>();
      for (let next = queue.shift(); next; next = queue.shift()) {
        if (seen.has(next.value)) continue;
        seen.add(next.value);
        yield* pattern.match(flow, next.value, before);
        const found = flow.producer(next.value);
        if (!found || !between.has(found.primitive) || next.steps >= most) continue;
        for (const input of found.inputs)
          if (input !== null) queue.push({ value: flow.unchanged(input), steps: next.steps + 1 });
      }
    },
  };
}

/** What `everyPath` may pass. */
export interface Passage {
  readonly through: ReadonlySet<PrimitiveName>;
  /** Every path ends in this, in a parameter or in numbers of the source. */
  readonly to: Pattern;
  /** Further condition on each operation of a path. */
  readonly where?: Condition;
  /** One of these lies on a path. */
  readonly passing?: ReadonlySet<PrimitiveName>;
  /** None of these does. */
  readonly avoiding?: ReadonlySet<PrimitiveName>;
}

/** A value that is made of nothing but what fits `to`, by way of certain primitives alone. */
export function everyPath({ through: between, to, where = () => true, passing, avoiding }: Passage): Pattern {
  return {
    roots: null,
    *match(flow, value, before) {
      let match = before;
      let passed = passing === undefined;
      let ended = false;
      const seen = new Set<number>();
      const queue = [value];
      while (queue.length > 0) {
        const current = flow.unchanged(queue.pop()!);
        if (seen.has(current)) continue;
        seen.add(current);
        if (seen.size > MOST_ON_PATHS) return;
        const end = first(to.match(flow, current, match));
        if (end) {
          match = end;
          ended = true;
          continue;
        }
        if (!flow.varies(current) && !isComputed(flow, current)) continue;
        const found = flow.producer(current);
        // Rows of a parameter: each expert's own bias.
        if (found?.primitive === "gather" && flow.isWeight(found.inputs[0]!)) continue;
        if (!found || !between.has(found.primitive) || avoiding?.has(found.primitive)) return;
        if (!where(flow, found, match)) return;
        passed ||= passing?.has(found.primitive) === true;
        match = { ...match, operations: [...match.operations, found] };
        for (const input of found.inputs) if (input !== null) queue.push(input);
      }
      if (passed && ended) yield match;
    },
  };
}

/** A network between two projections is shorter; a norm within it is spelt out in ten operations. */
const MOST_ON_PATHS = 60;

function first<T>(found: Iterable<T>): T | null {
  for (const each of found) return each;
  return null;
}
