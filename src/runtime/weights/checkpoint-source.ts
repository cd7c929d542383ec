import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { DTYPE_BYTES, type DType, type Tensor } from "../../shared/dtype.ts";
import { numbers } from "../session/numbers.ts";
import type { StoredTensor } from "./stored.ts";
import type { TensorSource } from "./tensor-source.ts";

/** Reads tensors of a weight folder piece by piece, each file being opened once. */
export class CheckpointReader {
  readonly #folder: string;
  readonly #files = new Map<string, Promise<FileHandle>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The tensor as it is stored. */
  stored(tensor: StoredTensor): TensorSource {
    const width = DTYPE_BYTES[tensor.dtype];
    const { dtype, shape } = tensor;
    return { dtype, shape, width, read: (from, to) => this.#read(tensor, from * width, to * width) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map(async file => (await file).close()));
    this.#files.clear();
  }

  async #read({ location, offset }: StoredTensor, from: number, to: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(to - from);
    const file = await this.#open(location);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, offset + from + at);
      if (bytesRead === 0) throw new RangeError(`${location} has become shorter`);
      at += bytesRead;
    }
    return bytes;
  }

  #open(location: string): Promise<FileHandle> {
    const known = this.#files.get(location);
    if (known) return known;
    const opened = open(join(this.#folder, location), "r");
    this.#files.set(location, opened);
    return opened;
  }
}

/** The type that a graph is given: onnxruntime's processor kernels know no bfloat16. */
export function widened(dtype: DType): DType {
  return dtype === "bfloat16" ? "float32" : dtype;
}

/** The same numbers as another float type that holds them all. */
export function asFloat32(source: TensorSource): TensorSource {
  if (source.dtype === "float32") return source;
  if (source.dtype !== "bfloat16" && source.dtype !== "float16") {
    throw new RangeError(`${source.dtype} beside other element types`);
  }
  return {
    dtype: "float32",
    shape: source.shape,
    width: DTYPE_BYTES.float32,
    read: async (from, to) => {
      const narrow: Tensor = { dtype: source.dtype, shape: [to - from], data: await source.read(from, to) };
      const wide = numbers(narrow) as Float32Array;
      return new Uint8Array(wide.buffer, wide.byteOffset, wide.byteLength);
    },
  };
}
