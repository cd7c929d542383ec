import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation } from "../../shared/trace.ts";
import type { Facts, Finding } from "./facts.ts";
import { attributes, type DataFlow } from "./graph.ts";
import { indicesOf } from "./index-path.ts";
import { areDistances, arePositions, counts, isHidden, type UseOfAngle, useOfAngle } from "./positions.ts";
import { areScores } from "./stream.ts";

/** Rows of a parameter, taken by whole numbers. */
interface LookUp {
  readonly operation: Operation;
  readonly table: number;
  readonly index: number;
  readonly rows: number;
}

function lookUps(flow: DataFlow): LookUp[] {
  return flow.operations.flatMap(operation => {
    const [table, index] = operation.inputs;
    if (operation.primitive !== "gather" || table == null || index == null) return [];
    if (!flow.isWeight(table) || flow.rank(table) < 2 || attributes(operation, "gather").dim !== 0) return [];
    return [{ operation, table, index, rows: flow.shape(table)[0]! }];
  });
}

/** A table whose rows are taken by an input of whole numbers, and which argument of forward that is. */
type LookUpByInput = LookUp & { readonly argument: number };

function lookUpsByInput(flow: DataFlow): LookUpByInput[] {
  return lookUps(flow).flatMap(each => {
    const argument = argumentOf(flow, each.index);
    return argument === null ? [] : [{ ...each, argument }];
  });
}

/** Whether rows by an earlier argument are added to these: the tokens, which come first. */
function isBesideTokens(flow: DataFlow, lookUp: LookUpByInput, all: readonly LookUpByInput[]): boolean {
  return all.some(other => other.argument < lookUp.argument && addedTogether(flow, lookUp, other));
}

/** Tables whose rows are taken by an input of whole numbers, the first one of those that are added to one another. */
export function tokenLookUps({ flow }: Facts): readonly Finding[] {
  const all = lookUpsByInput(flow);
  return all
    .filter(each => !isBesideTokens(flow, each, all))
    .map(({ operation }) => finding(flow, [operation]));
}

/** Tables that are looked up by another input and added to tokens, with a row for each place; segments are few. */
export function givenPositions({ flow }: Facts): readonly Finding[] {
  const all = lookUpsByInput(flow);
  return all
    .filter(each => each.rows >= FEWEST_PLACES && isBesideTokens(flow, each, all))
    .map(({ operation }) => finding(flow, [operation]));
}

const FEWEST_PLACES = 16;

/** Sizes of the vocabularies: rows of the tables that are looked up by token. */
export function vocabularies(facts: Facts): readonly number[] {
  return facts.find("token-embedding").flatMap(({ operations }) => {
    const table = operations[0]?.inputs[0];
    return table == null ? [] : [facts.flow.shape(table)[0]!];
  });
}

/** Which argument of forward (by place) whole numbers are, where they are one and nothing is counted; else null. */
function argumentOf(flow: DataFlow, index: number): number | null {
  let found: number | null = null;
  const seen = new Set<number>();
  const queue = [index];
  while (queue.length > 0 && seen.size < 60) {
    const value = queue.pop()!;
    if (seen.has(value)) continue;
    seen.add(value);
    const { leaf, dtype } = flow.trace.values[value]!;
    if (leaf?.kind === "input") {
      if (dtype !== "int64" && dtype !== "int32") return null;
      const place = inputOrder(flow).indexOf(leaf.name);
      found = found === null ? place : Math.min(found, place);
      continue;
    }
    const operation = flow.producer(value);
    if (!operation) continue;
    if (counts(operation)) return null;
    queue.push(...indicesOf(operation));
  }
  return found;
}

/** Names of the inputs in the order in which forward takes them. */
function inputOrder(flow: DataFlow): string[] {
  const declared = (flow.trace.forward ?? []).map(argument => argument.name);
  const leaves = flow.trace.values.flatMap(({ leaf }) => (leaf?.kind === "input" ? [leaf.name] : []));
  return [...declared, ...leaves.filter(name => !declared.includes(name))];
}

function present(values: readonly (number | null)[]): number[] {
  return values.filter((each): each is number => each !== null);
}

function addedTogether(flow: DataFlow, a: LookUp, b: LookUp): boolean {
  const sums = (operation: Operation) => {
    const reached = new Set<Operation>();
    let front = [...operation.outputs];
    for (let depth = 0; depth < 6; depth++) {
      const next: number[] = [];
      for (const consumer of front.flatMap(value => flow.consumers(value)))
        if (["add", "cast", "reshape", "expand", "mul"].includes(consumer.primitive)) {
          reached.add(consumer);
          next.push(...consumer.outputs);
        }
      front = next;
    }
    return reached;
  };
  const ofB = sums(b.operation);
  return [...sums(a.operation)].some(each => each.primitive === "add" && ofB.has(each));
}

/** Tables whose rows are taken by counted places and added to hidden states. */
export function positionLookUps({ flow }: Facts): readonly Finding[] {
  return lookUps(flow)
    .filter(({ index }) => flow.rank(index) <= 2 && arePositions(flow, index))
    .filter(({ operation }) => isAdded(flow, operation))
    .map(({ operation }) => finding(flow, [operation]));
}

/** Whether looked-up rows are added to hidden states that do not rest on them, once they have their shape. */
function isAdded(flow: DataFlow, lookUp: Operation): boolean {
  let front = [...lookUp.outputs];
  const isOther = (value: number) => isHidden(flow, value) && !flow.rests(value, each => each === lookUp);
  for (let depth = 0; depth < 16 && front.length > 0; depth++) {
    const next: number[] = [];
    for (const current of front)
      for (const { primitive, inputs, outputs } of flow.consumers(current)) {
        const others = present(inputs).filter(each => each !== current);
        if (primitive === "add" && others.some(isOther)) return true;
        if (KEEPING_TABLES.has(primitive) || SPREADING.has(primitive)) next.push(...outputs);
      }
    front = next;
  }
  return false;
}

/** What gives a table the shape of a batch, or norms it before it is added. */
const SPREADING: ReadonlySet<PrimitiveName> = new Set(["tile", "where", "pad", "gather", "layer_norm"]);

/** Tables whose rows are taken by distances. */
export function distanceLookUps({ flow }: Facts): readonly Finding[] {
  return lookUps(flow)
    .filter(({ index }) => areDistances(flow, index))
    .map(({ operation }) => finding(flow, [operation]));
}

/** Additions of a parameter that differs from place to place. */
export function addedPositions({ flow }: Facts): readonly Finding[] {
  return flow.operations.flatMap(operation => {
    if (operation.primitive !== "add") return [];
    const [a, b] = present(operation.inputs);
    if (a === undefined || b === undefined || flow.rank(operation.outputs[0]!) < 3) return [];
    if (areScores(flow, operation.outputs[0]!)) return [];
    for (const [hidden, table] of [
      [a, b],
      [b, a],
    ] as const)
      if (variesByPlace(flow, table, hidden) && isTable(flow, table) && isHidden(flow, hidden))
        return [finding(flow, [operation])];
    return [];
  });
}

/** Whether a term has every place and feature of what it is added to, and is shared by the batch. */
function variesByPlace(flow: DataFlow, table: number, hidden: number): boolean {
  const shape = flow.shape(hidden);
  const own = flow.shape(table);
  if (!flow.trace.values[table]!.dtype.startsWith("float")) return false;
  if (own.length < shape.length - 1 || (own.length === shape.length && own[0] !== 1)) return false;
  const axes = shape.slice(1);
  return (
    axes.filter(size => size > 1).length > 1 && axes.every((size, i) => own.at(i + 1 - shape.length) === size)
  );
}

/** A parameter, also resized to another picture. */
function isTable(flow: DataFlow, value: number): boolean {
  for (let current = value; ; ) {
    if (flow.isParameter(current)) return true;
    const operation = flow.producer(current);
    if (!operation || !KEEPING_TABLES.has(operation.primitive)) return false;
    current = operation.inputs[0]!;
  }
}

const KEEPING_TABLES: ReadonlySet<PrimitiveName> = new Set([
  "cast",
  "reshape",
  "expand",
  "permute",
  "slice",
  "resize",
  "concat",
  "mul",
]);

/** Sines and cosines that are added to hidden states, or turn them. */
export function angles(kind: UseOfAngle["kind"]): (facts: Facts) => readonly Finding[] {
  return ({ flow }) =>
    flow.operations.flatMap(each => {
      if (each.primitive !== "cos" && each.primitive !== "sin") return [];
      const use = useOfAngle(flow, each);
      if (use?.kind !== kind) return [];
      // A table that was made with the whole model belongs to the module that reads it.
      const reader = use.operations.find(operation => flow.enclosing([operation]) !== "") ?? each;
      return [finding(flow, [reader])];
    });
}

function finding(flow: DataFlow, operations: readonly Operation[]): Finding {
  return { path: flow.enclosing(operations), operations };
}
