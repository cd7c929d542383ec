import { t } from "../../shared/l10n.ts";
import type { ValueRef } from "../../shared/run.ts";
import type { Operation, Trace } from "../../shared/trace.ts";

/** Names of the output that a model is known by, in order of preference. */
const OUTPUTS = ["logits", "last_hidden_state", "pooler_output"] as const;

/**
 * The value that is the model's answer: logits, else last_hidden_state, else pooler_output, else the first tensor.
 * @throws Error when forward returned no tensor.
 */
export function outputValue(trace: Trace): number {
  for (const name of OUTPUTS) {
    const output = trace.outputs.find(candidate => candidate.name === name);
    if (output) return output.value;
  }
  const first = trace.outputs[0];
  if (!first) throw new Error(t("{0}.forward returned no tensor.", trace.class));
  return first.value;
}

/**
 * Index of the value that is meant: by id, by name of an output, or by index.
 * @throws Error that names what is near to an unknown id.
 */
export function valueIndex(trace: Trace, ref: ValueRef): number {
  if (typeof ref === "number") {
    if (ref < trace.values.length) return ref;
    throw new Error(t("The trace of {0} has no value {1}.", trace.class, ref));
  }
  const named = trace.named.find(candidate => candidate.id === ref);
  if (named) return named.value;
  const output = trace.outputs.find(candidate => candidate.name === ref);
  if (output) return output.value;
  const near = nearest(
    ref,
    trace.named.map(candidate => candidate.id),
  );
  throw new Error(
    near
      ? t("{0} has no value “{1}”; the nearest is “{2}”.", trace.class, ref, near)
      : t("{0} has no value “{1}”.", trace.class, ref),
  );
}

/**
 * The same value in another trace of the same source. An index is good within its own trace; in another it stands for
 * the value of the same name, or for the one that the same operation makes: where both traces run alike up to there, or
 * where the same module calls the same from the same place of the source as often.
 */
export function translateRef(ref: ValueRef, from: Trace, to: Trace): ValueRef {
  if (typeof ref === "string" || from === to) return ref;
  const named = from.named.find(candidate => candidate.value === ref);
  if (named) return named.id;
  const maker = from.operations.findIndex(operation => operation.outputs.includes(ref));
  const alike = from.operations
    .slice(0, maker + 1)
    .every((operation, i) => operation.primitive === to.operations[i]?.primitive);
  const same = alike ? to.operations[maker] : counterpart(from.operations[maker], from, to);
  if (maker < 0 || !same) {
    throw new Error(t("Value {0} has no name, and for these sizes the source takes another path.", ref));
  }
  const position = from.operations[maker]!.outputs.indexOf(ref);
  return same.outputs[position]!;
}

/** The operation of another trace that stands where this one does; undefined where that cannot be told. */
function counterpart(operation: Operation | undefined, from: Trace, to: Trace): Operation | undefined {
  if (operation === undefined || operation.call === null) return undefined;
  const origin = originOf(operation, from);
  const [mine, theirs] = [byOrigin(from).get(origin)!, byOrigin(to).get(origin)];
  return mine.length === theirs?.length ? theirs[mine.indexOf(operation)] : undefined;
}

const known = new WeakMap<Trace, ReadonlyMap<string, readonly Operation[]>>();

/** Operations by where they come from, in order. */
function byOrigin(trace: Trace): ReadonlyMap<string, readonly Operation[]> {
  const found = known.get(trace) ?? Map.groupBy(trace.operations, operation => originOf(operation, trace));
  known.set(trace, found);
  return found;
}

function originOf({ primitive, call }: Operation, { calls, modules, places, files }: Trace): string {
  if (call === null) return primitive;
  const { function: name, module, places: frames } = calls[call]!;
  const stack = frames.map(frame => {
    const { file, line, column } = places[frame]!;
    return [files[file]!.path, line, column];
  });
  return JSON.stringify([primitive, name, modules[module]!.path, stack]);
}

/** The id that shares most with what was asked for: its beginning, then its end. */
function nearest(ref: string, ids: readonly string[]): string | undefined {
  const score = (id: string) => sharedPrefix(ref, id) + sharedPrefix(reverse(ref), reverse(id));
  return ids.reduce<string | undefined>(
    (best, id) => (best === undefined || score(id) > score(best) ? id : best),
    undefined,
  );
}

function sharedPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function reverse(text: string): string {
  return [...text].reverse().join("");
}
