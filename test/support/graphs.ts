import assert from "node:assert/strict";
import ort from "onnxruntime-node";
import { roundsToHalf } from "../../src/runtime/onnx/half-precision.ts";
import { type LoweredGraph, lower } from "../../src/runtime/onnx/lower.ts";
import { fromBytes, type Numbers, roundedToHalf, toBytes } from "../../src/runtime/primitives/numbers.ts";
import type { Primitive } from "../../src/runtime/primitives/primitive.ts";
import { PRIMITIVES } from "../../src/runtime/primitives/table.ts";
import type { Weights } from "../../src/runtime/weights/stored.ts";
import type { DType, Tensor } from "../../src/shared/dtype.ts";
import type { PrimitiveAttributes, PrimitiveName } from "../../src/shared/primitives.ts";
import { evaluateSize, type Size, type SizeBindings, sizeHint } from "../../src/shared/size.ts";
import type {
  Call,
  NamedValue,
  Operation,
  SizeSymbol,
  Trace,
  TracedModule,
  Value,
} from "../../src/shared/trace.ts";

/** Graphs without parameters. */
export const NO_WEIGHTS: Weights = { folder: "/", find: () => undefined };

/** A trace of a few operations, written by hand. */
export class TraceBuilder {
  readonly values: Value[] = [];
  readonly operations: Operation[] = [];
  readonly symbols: SizeSymbol[] = [];
  readonly modules: TracedModule[] = [{ path: "", class: "Test", classPlace: null, place: null }];
  readonly calls: Call[] = [];
  readonly named: NamedValue[] = [];
  #module = 0;

  /** The module that the operations which follow belong to. */
  enter(path: string, name = "Module"): void {
    const known = this.modules.findIndex(module => module.path === path);
    this.#module =
      known >= 0 ? known : this.modules.push({ path, class: name, classPlace: null, place: null }) - 1;
  }

  name(id: string, value: number): number {
    this.named.push({ id, value, module: this.#module, variable: null, place: null, stack: [] });
    return value;
  }

  leaf(kind: "input" | "parameter", name: string, dtype: DType, shape: readonly Size[]): number {
    return this.values.push({ dtype, shape, leaf: { kind, name } }) - 1;
  }

  apply<P extends PrimitiveName>(
    primitive: P,
    attributes: PrimitiveAttributes[P],
    inputs: readonly (number | null)[],
    ...results: readonly (readonly [DType, readonly Size[]])[]
  ): number {
    const outputs = results.map(([dtype, shape]) => this.values.push({ dtype, shape }) - 1);
    const call =
      this.calls.push({
        function: primitive,
        module: this.#module,
        places: [],
        results: outputs,
        alias: false,
      }) - 1;
    this.operations.push({ primitive, inputs, outputs, attributes, call } as Operation);
    return outputs[0]!;
  }

  /** An axis of an input whose size is free. */
  symbol(name: string, hint: number, input: string, axis: number): Size {
    this.symbols.push({ name, hint, axes: [{ input, axis }] });
    return symbolSize(name, hint);
  }

  trace(outputs: Readonly<Record<string, number>>, rest: Partial<Trace> = {}): Trace {
    return {
      version: 1,
      class: "Test",
      files: [],
      places: [],
      modules: this.modules,
      parameters: [],
      symbols: this.symbols,
      values: this.values,
      operations: this.operations,
      calls: this.calls,
      named: this.named,
      outputs: Object.entries(outputs).map(([name, value]) => ({ name, value })),
      guards: [],
      problems: [],
      ...rest,
    };
  }
}

export function symbolSize(name: string, hint: number): Size {
  return { poly: [[1, [{ kind: "symbol", name }]]], hint };
}

/** Runs a lowered graph in onnxruntime. `feeds` is by name of the graph's inputs. */
export async function runGraph(
  graph: LoweredGraph,
  feeds: Readonly<Record<string, Numbers>>,
): Promise<Map<number, Numbers>> {
  const session = await ort.InferenceSession.create(graph.bytes, {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: graph.weightFolder } },
  });
  try {
    const tensors = Object.fromEntries(
      graph.inputs.map(({ name, dtype }) => [name, toOrt({ ...feeds[name]!, dtype })]),
    );
    const results = await session.run(tensors);
    return new Map(
      graph.outputs.map(({ name, value, dtype }) => [value, fromOrt(dtype, results[name]!)] as const),
    );
  } finally {
    await session.release();
  }
}

const ARRAYS = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

function toOrt(numbers: Numbers): ort.Tensor {
  const bytes = toBytes(numbers);
  const type = numbers.dtype as keyof typeof ARRAYS;
  return new ort.Tensor(type, new ARRAYS[type](bytes.buffer as ArrayBuffer) as never, [...numbers.shape]);
}

function fromOrt(dtype: DType, tensor: ort.Tensor): Numbers {
  const { buffer, byteOffset, byteLength } = tensor.data as Uint8Array;
  return fromBytes(dtype, [...tensor.dims], new Uint8Array(buffer, byteOffset, byteLength).slice());
}

export function numbersOf({ dtype, shape, data }: Tensor): Numbers {
  return fromBytes(dtype, shape, data);
}

/** One primitive on concrete inputs: by `evaluate`, and lowered and run by onnxruntime. */
export async function bothWays<P extends PrimitiveName>(
  primitive: P,
  attributes: PrimitiveAttributes[P],
  inputs: readonly (Numbers | null)[],
  options: {
    /** Type and shape of outputs that the inputs do not tell (const, range). */
    readonly output?: readonly [DType, readonly number[]];
    readonly symbols?: SizeBindings;
  } = {},
): Promise<{ readonly evaluated: readonly Numbers[]; readonly lowered: readonly Numbers[] }> {
  const bindings = options.symbols ?? new Map<string, number>();
  const builder = new TraceBuilder();
  const leaves = inputs.map((input, i) => input && builder.leaf("input", `x${i}`, input.dtype, input.shape));
  const operation = {
    primitive,
    inputs: leaves,
    outputs: [leaves.length],
    attributes,
    call: null,
  } as Operation<P>;
  const row: Primitive<P> = PRIMITIVES[primitive];
  const evaluated = row.evaluate(operation, inputs, {
    size: size => (typeof size === "number" ? size : (evaluateSize(size, bindings) ?? sizeHint(size))),
    dtypeOf: value => options.output?.[0] ?? inputs[value]!.dtype,
    shapeOf: value => options.output?.[1] ?? inputs[value]!.shape,
    inside: () => assert.fail("one primitive alone has no body"),
  });
  builder.apply(
    primitive,
    attributes,
    leaves,
    ...evaluated.map(({ dtype, shape }) => [dtype, shape] as const),
  );
  const outputs = builder.operations[0]!.outputs;
  const trace = builder.trace(Object.fromEntries(outputs.map((value, i) => [String(i), value])));
  const graph = lower(trace, NO_WEIGHTS, { outputs });
  const feeds: Record<string, Numbers> = {};
  for (const { name, source } of graph.inputs) {
    feeds[name] =
      source.kind === "symbol"
        ? { dtype: "int64", shape: [], data: Float64Array.of(bindings.get(source.symbol)!) }
        : inputs[(source as { value: number }).value]!;
  }
  const results = await runGraph(graph, feeds);
  const toHalf = roundsToHalf(trace);
  const rounded = evaluated.map((numbers, i) =>
    toHalf(trace.operations[0]!, outputs[i]!) ? roundedToHalf(numbers) : numbers,
  );
  return { evaluated: rounded, lowered: outputs.map(value => results.get(value)!) };
}

/** A seeded generator of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
  };
}
