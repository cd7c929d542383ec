import { open } from "node:fs/promises";
import { elementsOf, type OutlinedTensor, type TensorSummary } from "../../shared/checkpoint/outline.ts";
import { DTYPE_BYTES } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import { dequantised, GGUF_TYPES, type GgufType } from "../models/gguf-types.ts";
import { numbers } from "../session/numbers.ts";
import { SAFETENSORS_DTYPES } from "../weights/safetensors-header.ts";

/** Elements that are read of one tensor at most, and at a time. */
const MOST_READ = 2 ** 23;
const PIECE = 2 ** 18;

/** Parts of a histogram. */
const PARTS = 64;

/**
 * Reads the numbers of one tensor piece by piece: once for the figures, once more for the histogram over their range. Of a
 * very large tensor pieces are read that are spread evenly over it.
 * @throws Error for a type that is not read, or where the file is shorter than its header says; the signal's reason.
 */
export async function summarise(
  path: string,
  tensor: OutlinedTensor,
  signal?: AbortSignal,
): Promise<TensorSummary> {
  const codec = codecOf(tensor);
  if (codec === null) {
    throw new Error(t("{0}: numbers of type {1} cannot be read.", tensor.name, tensor.dtype));
  }
  const total = elementsOf(tensor.shape);
  const piece = Math.ceil(PIECE / codec.elements) * codec.elements;
  const pieces = Math.ceil(total / piece);
  const taken = Math.min(pieces, Math.floor(MOST_READ / piece));
  const file = await open(path, "r");
  try {
    const each = async (use: (values: ArrayLike<number>) => void): Promise<number> => {
      let read = 0;
      for (let i = 0; i < taken; i++) {
        signal?.throwIfAborted();
        const first = Math.floor((i * pieces) / taken) * piece;
        const count = Math.min(piece, total - first);
        const bytes = new Uint8Array((count / codec.elements) * codec.bytes);
        const at = tensor.offset + (first / codec.elements) * codec.bytes;
        for (let done = 0; done < bytes.length; ) {
          const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
          if (bytesRead === 0) throw new Error(t("{0} became shorter while it was read.", path));
          done += bytesRead;
        }
        use(codec.decode(bytes));
        read += count;
      }
      return read;
    };
    const figures = new Figures();
    const read = await each(values => figures.add(values));
    const { min, max } = figures;
    const counts = Array<number>(figures.finite > 0 ? PARTS : 0).fill(0);
    if (figures.finite > 0) {
      const scale = max > min ? PARTS / (max - min) : 0;
      await each(values => {
        for (let i = 0; i < values.length; i++) {
          const value = values[i]!;
          if (Number.isFinite(value)) counts[Math.min(PARTS - 1, Math.floor((value - min) * scale))]!++;
        }
      });
    }
    return { statistics: figures.statistics(read), histogram: { from: min, to: max, counts }, read };
  } finally {
    await file.close();
  }
}

/** How blocks of a type become numbers. */
interface Codec {
  readonly elements: number;
  readonly bytes: number;
  readonly decode: (bytes: Uint8Array) => ArrayLike<number>;
}

function codecOf({ dtype, readable }: OutlinedTensor): Codec | null {
  if (!readable) return null;
  const plain = SAFETENSORS_DTYPES.get(dtype);
  if (plain !== undefined) {
    return {
      elements: 1,
      bytes: DTYPE_BYTES[plain],
      decode: data => numbers({ dtype: plain, shape: [data.length / DTYPE_BYTES[plain]], data }),
    };
  }
  const type = dtype as GgufType;
  const { elements, bytes } = GGUF_TYPES[type];
  return { elements, bytes, decode: data => dequantised(type, data) };
}

/** Means and deviations of pieces, put together without cancellation (Chan, Golub and LeVeque 1979, equation 2.1). */
class Figures {
  finite = 0;
  min = Infinity;
  max = -Infinity;
  #zeros = 0;
  #mean = 0;
  #squares = 0;

  add(values: ArrayLike<number>): void {
    let sum = 0;
    let finite = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      finite++;
      sum += value;
      if (value === 0) this.#zeros++;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
    }
    if (finite === 0) return;
    const mean = sum / finite;
    let squares = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (Number.isFinite(value)) squares += (value - mean) ** 2;
    }
    const difference = mean - this.#mean;
    const together = this.finite + finite;
    this.#squares += squares + (difference ** 2 * this.finite * finite) / together;
    this.#mean += (difference * finite) / together;
    this.finite = together;
  }

  statistics(read: number): TensorSummary["statistics"] {
    const { finite, min, max } = this;
    return {
      mean: finite > 0 ? this.#mean : NaN,
      std: finite > 0 ? Math.sqrt(this.#squares / finite) : NaN,
      min: finite > 0 ? min : NaN,
      max: finite > 0 ? max : NaN,
      count: read,
      zeros: this.#zeros,
      notFinite: read - finite,
    };
  }
}
