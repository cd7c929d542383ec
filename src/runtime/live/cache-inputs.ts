import { evaluateSize, sizeHint } from "../../shared/size.ts";
import type { InputSpec, Trace } from "../../shared/trace.ts";
import { SYMBOLS } from "./inputs.ts";

/** Inputs of a step with a cache: what is carried to it, and what its arguments were for everything before. */
const CARRIED = "past_key_values.";
const EARLIER = "past.";
/** An output of a step that is carried to the next: `past_key_values.X` comes from `present.X`. */
const PRESENT = "present.";

/** What arguments that grow with the text were for everything before: as long as what went before. */
export function earlierSpecs(specs: readonly InputSpec[], growing: string): InputSpec[] {
  return specs
    .map(({ name, dtype, shape }) => ({
      name: EARLIER + name,
      dtype,
      shape: shape.map(size => (typeof size !== "number" && size.symbol === growing ? SYMBOLS.past : size)),
    }))
    .filter(({ shape }) => shape.includes(SYMBOLS.past));
}

/** Names of what a step is given that was carried to it, with the output that takes its place in the next step. */
export function carriedNames(step: Trace): Map<string, string> {
  return new Map(
    step.values.flatMap(({ leaf }) =>
      leaf?.kind === "input" && leaf.name.startsWith(CARRIED)
        ? [[leaf.name, PRESENT + leaf.name.slice(CARRIED.length)]]
        : [],
    ),
  );
}

/** The input that shows how many positions went before, named after the ids. */
export const earlierName = (ids: string) => EARLIER + ids;

/** Whether an input stands for an argument of everything that went before. */
export const isEarlier = (name: string) => name.startsWith(EARLIER);

/**
 * Whether a step with nothing before it is the first: all that is carried to it is then empty, and it fills it. Keys of
 * an encoder that an earlier step made would stay empty: the source makes them in another branch.
 */
export function canBegin(step: Trace): boolean {
  const { past } = SYMBOLS;
  const grown = step.symbols.find(({ name }) => name === past.symbol)?.axes ?? [];
  const sizes = new Map(step.symbols.map(({ name, hint }) => [name, name === past.symbol ? 0 : hint]));
  const outputs = new Map(step.outputs.map(({ name, value }) => [name, step.values[value]!.shape]));
  const carried = [...carriedNames(step)];
  return (
    carried.length > 0 &&
    carried.every(
      ([name, from]) =>
        grown.some(({ input }) => input === name) &&
        outputs.get(from)?.every(size => evaluateSize(size, sizes) !== 0),
    )
  );
}

/** What is carried to a step as arguments, shaped as while it was traced. */
export function carriedSpecs(step: Trace): InputSpec[] {
  const names = carriedNames(step);
  return step.values.flatMap(({ leaf, dtype, shape }) => {
    if (!leaf || !names.has(leaf.name)) return [];
    const axes = step.symbols.flatMap(({ name, hint, axes }) =>
      axes
        .filter(({ input }) => input === leaf.name)
        .map(({ axis }) => [axis, { symbol: name, hint }] as const),
    );
    const free = new Map(axes);
    return [{ name: leaf.name, dtype, shape: shape.map((size, axis) => free.get(axis) ?? sizeHint(size)) }];
  });
}
