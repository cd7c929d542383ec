import { DTYPE_BYTES, type DType } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";

/** A tensor of a safetensors file. */
export interface SafetensorsEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** From the beginning of the file, in bytes. */
  readonly offset: number;
  readonly length: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Where a tensor lies in its file. */
type StoredBytes = Pick<RawEntry, "offset" | "length">;

/** A tensor as the header has it, of a type that may not be one of ours. */
export interface RawEntry {
  /** The format's name of the type. */
  readonly word: string;
  readonly shape: readonly number[];
  /** From the beginning of the file, in bytes. */
  readonly offset: number;
  readonly length: number;
}

export interface RawHeader {
  readonly entries: ReadonlyMap<string, RawEntry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** A file of weights that cannot be used: which, what in it, why, and what to do. */
export class WeightFileError extends Error {
  readonly file: string;
  readonly tensor: string | null;
  constructor(message: string, file: string, tensor: string | null = null) {
    super(message);
    this.name = "WeightFileError";
    this.file = file;
    this.tensor = tensor;
  }
}

/** Element types by the format's names. */
export const SAFETENSORS_DTYPES: ReadonlyMap<string, DType> = new Map([
  ["BOOL", "bool"],
  ["U8", "uint8"],
  ["I8", "int8"],
  ["I16", "int16"],
  ["I32", "int32"],
  ["I64", "int64"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["F32", "float32"],
  ["F64", "float64"],
]);

/** Bits of one element of every type of the format. */
const BITS: ReadonlyMap<string, number> = new Map([
  ...[...SAFETENSORS_DTYPES].map(([word, dtype]) => [word, 8 * DTYPE_BYTES[dtype]] as const),
  ["U16", 16],
  ["U32", 32],
  ["U64", 64],
  ["C64", 64],
  ["F8_E4M3", 8],
  ["F8_E5M2", 8],
  ["F8_E8M0", 8],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["F4", 4],
]);

/**
 * Reads the text of a header and checks every claim in it against the file: where its data begins, and its size in bytes.
 * Throws WeightFileError.
 */
export function parseSafetensorsHeader(
  header: DataView,
  path: string,
  start: number,
  size: number,
): SafetensorsHeader {
  const { entries, metadata } = parseRawHeader(header, path, start, size);
  const tensors = new Map<string, SafetensorsEntry>();
  for (const [name, { word, ...entry }] of entries) {
    if (word === "C64") {
      // Real and imaginary part after one another, as a trace keeps complex numbers.
      tensors.set(name, { dtype: "float32", ...entry, shape: [...entry.shape, 2] });
      continue;
    }
    const dtype = SAFETENSORS_DTYPES.get(word);
    if (dtype === undefined) {
      throw new WeightFileError(
        t(
          "{0}: {1} has elements of type {2}, which are not supported. Convert the checkpoint to F32, BF16 or F16.",
          path,
          name,
          word,
        ),
        path,
        name,
      );
    }
    tensors.set(name, { dtype, ...entry });
  }
  return { tensors, metadata };
}

/** The same with every type that a file may have; a type that is not known has the bytes that its offsets say. */
export function parseRawHeader(header: DataView, path: string, start: number, size: number): RawHeader {
  const parsed = parseJson(header, path);
  const entries = new Map<string, RawEntry>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name !== "__metadata__") entries.set(name, checkEntry(name, value, path, start, size));
  }
  checkOverlap(entries, path);
  const metadata = parsed.__metadata__;
  const pairs = typeof metadata === "object" && metadata !== null ? Object.entries(metadata) : [];
  return { entries, metadata: new Map(pairs.map(([key, value]) => [key, String(value)])) };
}

function parseJson(header: DataView, path: string): Record<string, unknown> {
  const parsed = tryParse(header);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new WeightFileError(
      t(
        "{0}: its header is not a JSON object. It is damaged or not a safetensors file; fetch it again.",
        path,
      ),
      path,
    );
  }
  checkRepeats(header, parsed, path);
  return parsed as Record<string, unknown>;
}

function tryParse(header: DataView): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch {
    return undefined;
  }
}

/** Refuses what `JSON.parse` passes over: of a key that is there twice it keeps the last. */
function checkRepeats(header: DataView, parsed: object, path: string): void {
  const bytes = new Uint8Array(header.buffer, header.byteOffset, header.byteLength);
  let written = 0;
  eachKey(bytes, () => written++);
  let kept = 0;
  for (const entry of Object.values(parsed)) {
    const isEntry = typeof entry === "object" && entry !== null && !Array.isArray(entry);
    kept += 1 + (isEntry ? Object.keys(entry).length : 0);
  }
  if (written === kept) return;
  const names = new Set<string>();
  let name = "";
  let inside = new Set<string>();
  eachKey(bytes, (depth, from, to) => {
    const key: string = JSON.parse(new TextDecoder().decode(bytes.subarray(from, to)));
    const seen = depth === 1 ? names : inside;
    if (depth === 1) {
      name = key;
      inside = new Set();
    }
    if (seen.has(key)) {
      throw new WeightFileError(
        t(
          "{0}: the entry of {1} is there twice, or says something twice. The file is damaged; fetch it again.",
          path,
          name,
        ),
        path,
        name,
      );
    }
    seen.add(key);
  });
}

/** Calls for every key of the outermost object and of the objects in it: where its text lies, quotes included. */
function eachKey(json: Uint8Array, use: (depth: number, from: number, to: number) => void): void {
  const [quote, backslash, colon] = [0x22, 0x5c, 0x3a];
  let depth = 0;
  let from = 0;
  let to = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!;
    if (byte === quote) {
      from = i;
      for (i++; json[i] !== quote; i++) if (json[i] === backslash) i++;
      to = i + 1;
    } else if (byte === colon) {
      if (depth <= 2) use(depth, from, to);
    } else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}

function checkEntry(name: string, value: unknown, path: string, start: number, size: number): RawEntry {
  const { dtype: word, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const whole = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every(x => Number.isSafeInteger(x) && x >= 0);
  if (typeof word !== "string" || !whole(shape) || !whole(offsets) || offsets.length !== 2) {
    throw new WeightFileError(
      t(
        "{0}: the entry of {1} lacks a dtype, a shape or offsets. The file is damaged; fetch it again.",
        path,
        name,
      ),
      path,
      name,
    );
  }
  const [from, to] = offsets as [number, number];
  if (from > to || start + to > size) {
    throw new WeightFileError(
      t(
        "{0}: {1} is said to lie at bytes {2} to {3}, the file ends at {4}. It is cut off; fetch it again.",
        path,
        name,
        start + from,
        start + to,
        size,
      ),
      path,
      name,
    );
  }
  const bits = BITS.get(word);
  const length = bits === undefined ? to - from : shape.reduce((a, b) => a * b, bits) / 8;
  if (length !== to - from) {
    throw new WeightFileError(
      t(
        "{0}: {1} has {2} bytes, {3} of shape [{4}] take {5}. The file is damaged; fetch it again.",
        path,
        name,
        to - from,
        word,
        shape.join(", "),
        length,
      ),
      path,
      name,
    );
  }
  return { word, shape, offset: start + from, length };
}

/** Refuses tensors of which two claim the same byte. Throws WeightFileError. */
export function checkOverlap(tensors: Iterable<readonly [string, StoredBytes]>, path: string): void {
  const ordered = [...tensors]
    .filter(([, { length }]) => length > 0)
    .sort(([, a], [, b]) => a.offset - b.offset);
  for (let i = 1; i < ordered.length; i++) {
    const [before, previous] = ordered[i - 1]!;
    const [name, { offset }] = ordered[i]!;
    if (previous.offset + previous.length > offset) {
      throw new WeightFileError(
        t("{0}: {1} and {2} overlap. The file is damaged; fetch it again.", path, before, name),
        path,
        name,
      );
    }
  }
}
