import { stat } from "node:fs/promises";
import { t } from "../../shared/l10n.ts";
import { checkOverlap, WeightFileError } from "../weights/safetensors-header.ts";
import { realFile } from "../weights/weight-files.ts";
import { ggufType, parseGgufHeader } from "./gguf-header.ts";
import { GGUF_TYPES, type GgufType, READ_GGUF_TYPES } from "./gguf-types.ts";

/**
 * A GGUF file's contents by name; its tensors are proven to lie inside the file, each apart from the others.
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

/**
 * Reads a file's header. Types that cannot be read as numbers are listed too.
 * @throws WeightFileError naming the file, and the tensor where one is to blame, and what is wrong.
 */
export async function readGgufHeader(path: string): Promise<GgufFile> {
  const { size } = await stat(await realFile(path));
  const header = await parseGgufHeader(path, size);
  const { alignment } = header;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, dimensions, type: number, offset } of header.tensors) {
    const type = ggufType(number);
    if (type === undefined) throw unsupported(path, name, String(number));
    const shape = dimensions.toReversed();
    const bytes = byteLength(type, shape);
    const start = header.data + offset;
    if (bytes === null) {
      throw new WeightFileError(t("{0}: tensor {1} has an impossible shape.", path, name), path, name);
    }
    if (!Number.isSafeInteger(start + bytes) || start + bytes > size) {
      throw new WeightFileError(
        t("{0} is cut short: tensor {1} lies beyond its end.", path, name),
        path,
        name,
      );
    }
    if (offset % alignment !== 0) {
      throw new WeightFileError(
        t(
          "{0}: tensor {1} begins at byte {2} of the data, which is no multiple of {3}. The file is damaged; fetch it again.",
          path,
          name,
          offset,
          alignment,
        ),
        path,
        name,
      );
    }
    tensors.set(name, { name, type, shape, start, bytes });
  }
  checkOverlap(
    [...tensors.values()].map(({ name, start, bytes }) => [name, { offset: start, length: bytes }]),
    path,
  );
  return { path, metadata: header.metadata, tensors };
}

/**
 * Reads the header of a file whose tensors are to be read as numbers.
 * @throws Error as `readGgufHeader`, and where a tensor has a type that cannot be read.
 */
export async function readGguf(path: string): Promise<GgufFile> {
  const file = await readGgufHeader(path);
  for (const { name, type } of file.tensors.values()) {
    if (!READ_GGUF_TYPES.includes(type)) throw unsupported(path, name, type);
  }
  return file;
}

function unsupported(path: string, tensor: string, type: string): WeightFileError {
  return new WeightFileError(
    t("{0}: tensor {1} has type {2}; supported are {3}.", path, tensor, type, READ_GGUF_TYPES.join(", ")),
    path,
    tensor,
  );
}

/** Bytes of a tensor, or null where its rows are not made of whole blocks. */
function byteLength(type: GgufType, shape: readonly number[]): number | null {
  const { elements, bytes } = GGUF_TYPES[type];
  const columns = shape.at(-1) ?? 1;
  if (shape.some(size => !Number.isSafeInteger(size) || size < 1) || columns % elements !== 0) return null;
  return (shape.reduce((product, size) => product * size, 1) / elements) * bytes;
}
