import { stat } from "node:fs/promises";
import { GGMLQuantizationType, gguf } from "@huggingface/gguf";
import { t } from "../../shared/l10n.ts";

/**
 * A GGUF file's contents by name; its tensors are proven to lie inside the file.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export interface GgufFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

export interface GgufTensor {
  readonly name: string;
  readonly type: GgufType;
  /** Outermost dimension first, as PyTorch writes shapes; the file has it the other way round. */
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly start: number;
  readonly bytes: number;
}

export type GgufType = keyof typeof GGUF_TYPES;

/** Element types that can be read: how many elements a block holds, and its bytes. */
export const GGUF_TYPES = {
  F32: { elements: 1, bytes: 4 },
  F16: { elements: 1, bytes: 2 },
  // Two float16 (scale, minimum), 16 bytes of nibbles: element j low, element j + 16 high.
  Q4_1: { elements: 32, bytes: 20 },
  // One float16 (scale), 32 signed bytes.
  Q8_0: { elements: 32, bytes: 34 },
} as const;

/** @throws Error naming the file, and the tensor where one is to blame, and what is wrong. */
export async function readGguf(path: string): Promise<GgufFile> {
  const { size } = await stat(path);
  const parsed = await gguf(path, { allowLocalFile: true }).catch((error: Error) => {
    throw new Error(t("{0} is not a GGUF file that can be read: {1}", path, error.message), { cause: error });
  });
  // The parser reads zeros past the end of a file that is cut short.
  if (parsed.tensorInfoByteRange[1] > size) throw new Error(t("{0} is cut short.", path));
  if (!parsed.littleEndian) throw new Error(t("{0} is big-endian, which is not supported.", path));
  const tensors = new Map<string, GgufTensor>();
  for (const info of parsed.tensorInfos) {
    const typeName = GGMLQuantizationType[info.dtype] ?? String(info.dtype);
    if (!isSupported(typeName)) {
      throw new Error(
        t(
          "{0}: tensor {1} has type {2}; supported are {3}.",
          path,
          info.name,
          typeName,
          SUPPORTED.join(", "),
        ),
      );
    }
    const shape = info.shape.map(Number).reverse();
    const bytes = byteLength(typeName, shape);
    const start = Number(parsed.tensorDataOffset + info.offset);
    if (bytes === null || tensors.has(info.name)) {
      throw new Error(t("{0}: tensor {1} has an impossible shape or is listed twice.", path, info.name));
    }
    if (!Number.isSafeInteger(start + bytes) || start + bytes > size) {
      throw new Error(t("{0} is cut short: tensor {1} lies beyond its end.", path, info.name));
    }
    tensors.set(info.name, { name: info.name, type: typeName, shape, start, bytes });
  }
  return { path, metadata: parsed.metadata as Record<string, unknown>, tensors };
}

const SUPPORTED = Object.keys(GGUF_TYPES);

function isSupported(name: string): name is GgufType {
  return Object.hasOwn(GGUF_TYPES, name);
}

/** Bytes of a tensor, or null where its rows are not made of whole blocks. */
function byteLength(type: GgufType, shape: readonly number[]): number | null {
  const { elements, bytes } = GGUF_TYPES[type];
  const columns = shape.at(-1) ?? 1;
  if (shape.some(size => size < 1) || columns % elements !== 0) return null;
  return (shape.reduce((product, size) => product * size, 1) / elements) * bytes;
}
