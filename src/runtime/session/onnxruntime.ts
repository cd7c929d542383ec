import * as ort from "onnxruntime-node";
import { DTYPE_BYTES, type DType, type Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { Provider } from "../../shared/run.ts";
import { aligned, numbers } from "./numbers.ts";
import { reasonOf, remedyFor } from "./refusal.ts";

export type Session = ort.InferenceSession;
export type Feeds = Record<string, ort.Tensor>;

/** A session and what it runs on. */
export interface CreatedSession {
  readonly session: Session;
  readonly provider: Provider;
  /** Why preferred providers do not serve, or null. */
  readonly fallback: string | null;
}

/**
 * Creates a session on the first provider that accepts the graph; cpu is tried last in any case.
 * @param folder real path that the graph's external weights are relative to; symbolic links out of it are refused by
 * onnxruntime.
 * @param notForWebGpu names of nodes that WebGPU leaves to the CPU.
 */
export async function createSession(
  graph: Uint8Array,
  folder: string,
  providers: readonly Provider[],
  notForWebGpu: readonly string[] = [],
): Promise<CreatedSession> {
  const refused: string[] = [];
  const order: readonly Provider[] = providers.includes("cpu") ? providers : [...providers, "cpu"];
  for (const provider of order) {
    try {
      const session = await ort.InferenceSession.create(
        graph,
        sessionOptions(provider, folder, notForWebGpu),
      );
      return { session, provider, fallback: refused.length > 0 ? refused.join(" ") : null };
    } catch (error) {
      if (provider === order.at(-1)) throw error;
      const refusal = t("{0} cannot be used: {1}", provider, reasonOf(error));
      const way = remedyFor(provider, error);
      refused.push(way === null ? refusal : `${refusal}. ${way}`);
    }
  }
  throw new Error("no provider"); // order is never empty
}

function sessionOptions(
  provider: Provider,
  folder: string,
  notForWebGpu: readonly string[],
): ort.InferenceSession.SessionOptions {
  return {
    executionProviders: [
      provider === "webgpu" && notForWebGpu.length > 0
        ? { name: provider, forceCpuNodeNames: notForWebGpu }
        : provider,
    ],
    graphOptimizationLevel: "all",
    // DirectML supports neither; onnxruntime refuses the combination.
    ...(provider === "dml" ? { enableMemPattern: false, executionMode: "sequential" as const } : {}),
    extra: {
      session: {
        model_external_initializers_file_folder_path: folder,
        // The idle threads of one session would otherwise take a core from the next.
        force_spinning_stop: "1",
      },
      // It removes a range that rows of a table are taken by though the range is an output, and fetching that crashes.
      optimization: { disable_specified_optimizers: "GatherToSliceFusion" },
    },
    logSeverityLevel: 3,
  };
}

/** A tensor for onnxruntime over the same bytes. */
export function toOrt(tensor: Tensor): ort.Tensor {
  const { dtype } = tensor;
  const bytes = aligned(tensor.data, DTYPE_BYTES[dtype]);
  const length = bytes.byteLength / DTYPE_BYTES[dtype];
  const make = <T>(View: new (buffer: ArrayBuffer, offset: number, length: number) => T) =>
    new View(bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
  switch (dtype) {
    case "bool":
      return new ort.Tensor("bool", bytes, tensor.shape);
    case "uint8":
      return new ort.Tensor("uint8", bytes, tensor.shape);
    case "int8":
      return new ort.Tensor("int8", make(Int8Array), tensor.shape);
    case "int16":
      return new ort.Tensor("int16", make(Int16Array), tensor.shape);
    case "int32":
      return new ort.Tensor("int32", make(Int32Array), tensor.shape);
    case "int64":
      return new ort.Tensor("int64", make(BigInt64Array), tensor.shape);
    case "float32":
      return new ort.Tensor("float32", make(Float32Array), tensor.shape);
    case "float64":
      return new ort.Tensor("float64", make(Float64Array), tensor.shape);
    // Graphs compute half precision as float32.
    case "float16":
    case "bfloat16":
      return new ort.Tensor("float32", Float32Array.from(numbers(tensor)), tensor.shape);
  }
}

/** The bytes of an onnxruntime tensor, not copied. */
export function fromOrt(tensor: ort.Tensor): Tensor {
  const data = tensor.data as Exclude<ort.Tensor["data"], string[]>;
  return {
    dtype: tensor.type as DType,
    shape: tensor.dims,
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}
