import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import type { Size } from "../../../src/shared/size.ts";
import {
  type Call,
  type Operation,
  TRACE_VERSION,
  type Trace,
  type Value,
} from "../../../src/shared/trace.ts";

const symbol = (name: string, hint: number): Size => ({ poly: [[1, [{ kind: "symbol", name }]]], hint });
const batch = symbol("batch_size", 3);
const sequence = symbol("sequence", 7);

export const VOCABULARY = 5;
export const WIDTH = 2;

/**
 * A trace as the tracer would write it, small enough to compute by hand: an embedding, two layers x + W·x in a module
 * list, a head. ids [batch_size, sequence] to logits [batch_size, sequence, 5].
 */
export function tinyTrace(): Trace {
  const values: Value[] = [];
  const operations: Operation[] = [];
  const calls: Call[] = [];
  const add = (value: Value): number => values.push(value) - 1;
  const parameter = (name: string, shape: number[]) =>
    add({ dtype: "float32", shape, leaf: { kind: "parameter", name } });
  const compute = (
    module: number,
    primitive: "gather" | "linear" | "add",
    inputs: number[],
    width: number,
  ): number => {
    const result = add({ dtype: "float32", shape: [batch, sequence, width] });
    calls.push({ function: primitive, module, places: [], results: [result], alias: false });
    operations.push({
      primitive,
      inputs,
      outputs: [result],
      attributes: primitive === "gather" ? { dim: 0 } : {},
      call: calls.length - 1,
    } as Operation);
    return result;
  };

  const ids = add({ dtype: "int64", shape: [batch, sequence], leaf: { kind: "input", name: "input_ids" } });
  const embedded = compute(0, "gather", [parameter("embed", [VOCABULARY, WIDTH]), ids], WIDTH);
  const named = [{ id: ":embedded#0", value: embedded, module: 0 }];
  let hidden = embedded;
  for (const layer of [0, 1]) {
    const weight = parameter(`layers.${layer}.weight`, [WIDTH, WIDTH]);
    const change = compute(2 + layer, "linear", [hidden, weight], WIDTH);
    hidden = compute(2 + layer, "add", [hidden, change], WIDTH);
    named.push({ id: `layers.${layer}:change#0`, value: change, module: 2 + layer });
    named.push({ id: `layers.${layer}`, value: hidden, module: 2 + layer });
  }
  const logits = compute(0, "linear", [hidden, parameter("head", [VOCABULARY, WIDTH])], VOCABULARY);
  named.push({ id: "", value: logits, module: 0 });

  const module = (path: string, name: string) => ({ path, class: name, classPlace: null, place: null });
  return {
    version: TRACE_VERSION,
    class: "Tiny",
    files: [],
    places: [],
    modules: [
      module("", "Tiny"),
      module("layers", "ModuleList"),
      module("layers.0", "Layer"),
      module("layers.1", "Layer"),
    ],
    parameters: Object.entries(WEIGHTS).map(([name, { shape }]) => ({
      name,
      shape,
      dtype: "float32",
      place: null,
      aliases: [],
      kind: "parameter",
    })),
    symbols: [
      { name: "batch_size", hint: 3, axes: [{ input: "input_ids", axis: 0 }] },
      { name: "sequence", hint: 7, axes: [{ input: "input_ids", axis: 1 }] },
    ],
    values,
    operations,
    calls,
    named: named.map(name => ({ ...name, variable: null, place: null, stack: [] })),
    outputs: [{ name: "logits", value: logits }],
    guards: [],
    problems: [],
  };
}

export function float32(shape: readonly number[], data: readonly number[]): Tensor {
  return { dtype: "float32", shape, data: new Uint8Array(Float32Array.from(data).buffer) };
}

/** Embedding row i is (i, 1); layer 0 adds twice itself, layer 1 swaps and adds; the head reads (x + k·y) for k < 5. */
export const WEIGHTS: Readonly<Record<string, Tensor>> = {
  embed: float32([VOCABULARY, WIDTH], [0, 1, 1, 1, 2, 1, 3, 1, 4, 1]),
  "layers.0.weight": float32([WIDTH, WIDTH], [2, 0, 0, 2]),
  "layers.1.weight": float32([WIDTH, WIDTH], [0, 1, 1, 0]),
  head: float32([VOCABULARY, WIDTH], [1, 0, 1, 1, 1, 2, 1, 3, 1, 4]),
};

/** What the model gives for one id, with what is added to the output of layer 0. */
export function expectedLogits(id: number, addedAfterLayer0 = 0): number[] {
  const first = [3 * id + addedAfterLayer0, 3 + addedAfterLayer0] as const;
  const second = [first[0] + first[1], first[0] + first[1]] as const;
  return Array.from({ length: VOCABULARY }, (_, k) => second[0] + k * second[1]);
}

/** A folder with these weights. */
export async function weightFolder(weights = WEIGHTS): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "papertrace-session-"));
  await writeTensors(join(folder, "model.safetensors"), new Map(Object.entries(weights)));
  return folder;
}
