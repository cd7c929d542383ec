import type { DType, Tensor } from "../../shared/dtype.ts";
import type { Provider } from "../../shared/run.ts";
import type { GraphInput } from "../onnx/graph-inputs.ts";
import type { LoweredGraph } from "../onnx/lower.ts";
import { int64, numbers } from "./numbers.ts";
import { createSession, type Feeds, fromOrt, type Session, toOrt } from "./onnxruntime.ts";
import type { Loaded } from "./protocol.ts";

/** Gives the tensor for an input of a graph. */
export type Feed = (source: GraphInput["source"]) => Tensor;

/** A lowered graph that runs. */
export class GraphSession {
  readonly loaded: Loaded;
  readonly #graph: LoweredGraph;
  readonly #session: Session;
  /** Name to fetch each declared value by. */
  readonly #names: ReadonlyMap<number, string>;

  private constructor(graph: LoweredGraph, session: Session, loaded: Loaded) {
    this.#graph = graph;
    this.#session = session;
    this.#names = new Map(graph.outputs.map(({ name, value }) => [value, name]));
    this.loaded = loaded;
  }

  static async create(graph: LoweredGraph, providers: readonly Provider[]): Promise<GraphSession> {
    const { session, ...created } = await createSession(
      graph.bytes,
      graph.weightFolder,
      providers,
      graph.notForWebGpu,
    );
    return new GraphSession(graph, session, { ...created, activations: graph.activations });
  }

  /** Whether a value can be fetched. */
  declares(value: number): boolean {
    return this.#names.has(value);
  }

  /** Runs and returns the values asked for, all of which are declared. */
  async run(values: Iterable<number>, feed: Feed): Promise<Map<number, Tensor>> {
    const wanted = [...new Set(values)].map(value => [value, this.#names.get(value)!] as const);
    const feeds: Feeds = {};
    for (const { name, dtype, source } of this.#graph.inputs)
      feeds[name] = toOrt(convert(feed(source), dtype));
    const fetched = await this.#session.run(
      feeds,
      wanted.map(([, name]) => name),
    );
    return new Map(wanted.map(([value, name]) => [value, fromOrt(fetched[name]!)]));
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** The same numbers in the type that a graph takes. */
function convert(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype) return tensor;
  const values = numbers(tensor);
  const make = CONVERSIONS[dtype];
  if (!make) throw new TypeError(`${tensor.dtype} does not fit an input of ${dtype}`);
  return { dtype, shape: tensor.shape, data: make(values) };
}

const CONVERSIONS: Partial<Record<DType, (values: ArrayLike<number>) => Uint8Array>> = {
  bool: values => Uint8Array.from(values, value => (value === 0 ? 0 : 1)),
  int32: values => new Uint8Array(Int32Array.from(values).buffer),
  int64: values => int64(Array.from(values)).data,
  float32: values => new Uint8Array(Float32Array.from(values).buffer),
  float64: values => new Uint8Array(Float64Array.from(values).buffer),
};
