import { type FileHandle, open } from "node:fs/promises";
import { t } from "../../shared/l10n.ts";
import { WeightFileError } from "../weights/safetensors-header.ts";
import { GGUF_TYPES, type GgufType } from "./gguf-types.ts";

/** A header as it is written: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
export interface GgufHeader {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: readonly {
    readonly name: string;
    /** Innermost dimension first. */
    readonly dimensions: readonly number[];
    /** ggml's number of the type. */
    readonly type: number;
    /** From the beginning of the data, in bytes. */
    readonly offset: number;
  }[];
  /** Where the data begins, from the beginning of the file, in bytes. */
  readonly data: number;
  /** Every tensor begins at a multiple of this, from the beginning of the data, in bytes: a power of two. */
  readonly alignment: number;
}

const MAGIC = "GGUF";
const VERSIONS: readonly number[] = [2, 3];

/** Bytes that are read first, and the most that a header may take. */
const FIRST_READ = 4 * 2 ** 20;
const HEADER_LIMIT = 2 ** 28;
/** Tensors and pairs of metadata that a header may have together: a model has thousands. */
const MOST_ENTRIES = 2 ** 20;
/** Elements that the lists of a header may have together: a vocabulary has a few hundred thousand, its merges as many. */
const MOST_ELEMENTS = 2 ** 24;

/** Bytes that are the least which an entry of the metadata takes, and a tensor: an empty name, no dimension. */
const LEAST_PAIR = 8 + 4 + 1;
const LEAST_TENSOR = 8 + 4 + 4 + 8;

/** Bytes that are the least which a value takes, by ggml's number of its type. */
const LEAST_VALUE: readonly number[] = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8];

/** Where the file states none. */
const ALIGNMENT = 32;

const MOST_DIMENSIONS = 8;
const DEEPEST = 4;

/** ggml's numbers of the types in the table. */
const TYPE_NUMBERS: Readonly<Record<GgufType, number>> = {
  F32: 0,
  F16: 1,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 6,
  Q5_1: 7,
  Q8_0: 8,
  Q2_K: 10,
  Q3_K: 11,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
  IQ2_XXS: 16,
  IQ2_XS: 17,
  IQ3_XXS: 18,
  IQ1_S: 19,
  IQ4_NL: 20,
  IQ3_S: 21,
  IQ2_S: 22,
  IQ4_XS: 23,
  I8: 24,
  I16: 25,
  I32: 26,
  I64: 27,
  F64: 28,
  IQ1_M: 29,
  BF16: 30,
  TQ1_0: 34,
  TQ2_0: 35,
  MXFP4: 39,
};

const TYPE_OF = new Map(
  Object.keys(GGUF_TYPES).map(type => [TYPE_NUMBERS[type as GgufType], type as GgufType]),
);

/** The type of a number of ggml's; undefined where it is not in the table. */
export function ggufType(number: number): GgufType | undefined {
  return TYPE_OF.get(number);
}

/**
 * Reads a header. Every length and every count in it is checked against the size of the file before anything is made of it.
 * @throws WeightFileError naming the file.
 */
export async function parseGgufHeader(path: string, size: number): Promise<GgufHeader> {
  const file = await open(path, "r").catch((error: Error) => {
    throw new WeightFileError(t("{0} cannot be opened: {1}.", path, error.message), path);
  });
  try {
    for (let length = Math.min(size, FIRST_READ); ; length = Math.min(size, 4 * length)) {
      const bytes = await readStart(file, length);
      try {
        return new Cursor(bytes, size, path).header();
      } catch (error) {
        if (!(error instanceof EndOfBytes)) throw error;
        if (length < Math.min(size, HEADER_LIMIT)) continue;
        throw length < size
          ? broken(path, t("its header is longer than {0} bytes", HEADER_LIMIT))
          : cutShort(path);
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw broken(path, t("its header does not fit into memory: {0}", error.message));
  } finally {
    await file.close();
  }
}

async function readStart(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** The header goes on where the bytes that were read end. */
class EndOfBytes extends Error {}

class Cursor {
  readonly #bytes: Buffer;
  readonly #size: number;
  readonly #path: string;
  #at = 0;
  #elements = 0;

  /**
   * @param bytes the file's first.
   * @param size of the whole file, in bytes.
   */
  constructor(bytes: Buffer, size: number, path: string) {
    this.#bytes = bytes;
    this.#size = size;
    this.#path = path;
  }

  header(): GgufHeader {
    if (this.#bytes.length < MAGIC.length) throw this.#broken(t("it has no GGUF mark"));
    const magic = this.#take(MAGIC.length);
    if (this.#bytes.toString("latin1", magic, magic + 4) !== MAGIC)
      throw this.#broken(t("it has no GGUF mark"));
    const version = this.#u32();
    if (version % 0x10000 === 0 && version > 0)
      throw new WeightFileError(t("{0} is big-endian, which is not supported.", this.#path), this.#path);
    if (!VERSIONS.includes(version)) throw this.#broken(t("version {0} is not known", version));
    const tensorCount = this.#count();
    const pairs = this.#count();
    this.#require(tensorCount * LEAST_TENSOR + pairs * LEAST_PAIR);
    if (tensorCount + pairs > MOST_ENTRIES)
      throw this.#broken(t("it lists more than {0} tensors and facts", MOST_ENTRIES));
    const metadata: Record<string, unknown> = Object.create(null);
    for (let i = 0; i < pairs; i++) {
      const key = this.#text();
      if (key in metadata) throw this.#broken(t("{0} is listed twice", key));
      metadata[key] = this.#value(this.#u32(), 0);
    }
    const tensors = [];
    const names = new Set<string>();
    for (let i = 0; i < tensorCount; i++) {
      const name = this.#text();
      if (names.has(name)) throw this.#broken(t("{0} is listed twice", name), name);
      names.add(name);
      const rank = this.#u32();
      if (rank > MOST_DIMENSIONS) throw this.#broken(t("{0} has {1} dimensions", name, rank), name);
      const dimensions = Array.from({ length: rank }, () => this.#count());
      tensors.push({ name, dimensions, type: this.#u32(), offset: this.#count() });
    }
    const alignment = metadata["general.alignment"] ?? ALIGNMENT;
    if (typeof alignment !== "number" || !(alignment >= 1) || !Number.isInteger(Math.log2(alignment)))
      throw this.#broken(t("its alignment is {0}, not a power of two", String(alignment)));
    return { metadata, tensors, data: Math.ceil(this.#at / alignment) * alignment, alignment };
  }

  #value(type: number, depth: number): unknown {
    switch (type) {
      case 0:
        return this.#bytes.readUInt8(this.#take(1));
      case 1:
        return this.#bytes.readInt8(this.#take(1));
      case 2:
        return this.#bytes.readUInt16LE(this.#take(2));
      case 3:
        return this.#bytes.readInt16LE(this.#take(2));
      case 4:
        return this.#u32();
      case 5:
        return this.#bytes.readInt32LE(this.#take(4));
      case 6:
        return this.#bytes.readFloatLE(this.#take(4));
      case 7:
        return this.#bytes.readUInt8(this.#take(1)) !== 0;
      case 8:
        return this.#text();
      case 9: {
        if (depth >= DEEPEST) throw this.#broken(t("its lists are nested too deeply"));
        const inner = this.#u32();
        const length = this.#count();
        this.#require(length * (LEAST_VALUE[inner] ?? 1));
        this.#elements += length;
        if (this.#elements > MOST_ELEMENTS)
          throw this.#broken(t("its lists have more than {0} elements", MOST_ELEMENTS));
        const list: unknown[] = [];
        for (let i = 0; i < length; i++) list.push(this.#value(inner, depth + 1));
        return list;
      }
      case 10:
        return this.#whole(this.#bytes.readBigUInt64LE(this.#take(8)));
      case 11:
        return this.#whole(this.#bytes.readBigInt64LE(this.#take(8)));
      case 12:
        return this.#bytes.readDoubleLE(this.#take(8));
      default:
        throw this.#broken(t("value type {0} is not known", type));
    }
  }

  #text(): string {
    const length = this.#count();
    const start = this.#take(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  #u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** A length or an offset. */
  #count(): number {
    const value = this.#bytes.readBigUInt64LE(this.#take(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw this.#broken(t("a length in it is {0}", String(value)));
    return Number(value);
  }

  /** A number where that is exact. */
  #whole(value: bigint): number | bigint {
    return BigInt.asIntN(53, value) === value ? Number(value) : value;
  }

  /** The offset of the next bytes. */
  #take(length: number): number {
    this.#require(length);
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new EndOfBytes();
    this.#at = start + length;
    return start;
  }

  /** Refuses what is said to go on beyond the end of the file. */
  #require(length: number): void {
    if (length > this.#size - this.#at) throw cutShort(this.#path);
  }

  #broken(reason: string, tensor: string | null = null): WeightFileError {
    return broken(this.#path, reason, tensor);
  }
}

function broken(path: string, reason: string, tensor: string | null = null): WeightFileError {
  return new WeightFileError(t("{0} is not a GGUF file that can be read: {1}", path, reason), path, tensor);
}

function cutShort(path: string): WeightFileError {
  return new WeightFileError(t("{0} is cut short; fetch it again.", path), path);
}
