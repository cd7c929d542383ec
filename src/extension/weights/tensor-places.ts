import type { OutlinedTensor } from "../../shared/checkpoint/outline.ts";
import type { TensorExpression, Trace, TracedParameter } from "../../shared/trace.ts";

/**
 * Tensors of a checkpoint that make these parameters: by the trace's own account of the checkpoint where it has one, else
 * those of the same name and shape. A model inside of another has the same names after a prefix.
 * @returns indices, in the order of the parameters.
 */
export function tensorsOf(
  parameters: readonly Pick<TracedParameter, "name" | "shape">[],
  trace: Pick<Trace, "checkpoint"> | null,
  tensors: readonly OutlinedTensor[],
): readonly number[] {
  const names = new Map<string, number>();
  for (const [index, { name, parameter }] of tensors.entries()) {
    if (parameter !== null) names.set(parameter, index);
    names.set(name, index);
  }
  const found = parameters.flatMap(({ name, shape }) => {
    const made = trace?.checkpoint?.tensors[name];
    const given = made === undefined ? [] : leavesOf(made).flatMap(leaf => names.get(leaf) ?? []);
    if (given.length > 0) return given;
    const own = names.get(name);
    if (own !== undefined) return [own];
    return tensors.flatMap((tensor, index) =>
      sameShape(tensor.shape, shape) && sameEnding(tensor.parameter ?? tensor.name, name) ? [index] : [],
    );
  });
  return [...new Set(found)];
}

/** The parameter that a tensor goes into; null where the trace has none. */
export function parameterOf(trace: Trace, tensor: OutlinedTensor): TracedParameter | null {
  const { parameters, checkpoint } = trace;
  const made = Object.entries(checkpoint?.tensors ?? {}).find(([, expression]) =>
    leavesOf(expression).includes(tensor.name),
  );
  const name = made?.[0] ?? tensor.parameter ?? tensor.name;
  const named = (each: TracedParameter) => each.name === name || each.aliases.includes(name);
  return (
    parameters.find(named) ??
    parameters.find(each => sameShape(each.shape, tensor.shape) && sameEnding(each.name, name)) ??
    null
  );
}

function leavesOf(expression: TensorExpression): readonly string[] {
  return typeof expression === "string" ? [expression] : expression.inputs.flatMap(leavesOf);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.join() === b.join();
}

/** One name is the other after a prefix of whole modules. */
function sameEnding(a: string, b: string): boolean {
  return a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);
}
