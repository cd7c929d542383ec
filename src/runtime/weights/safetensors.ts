import { type FileHandle, open } from "node:fs/promises";
import { DTYPE_BYTES, type DType, type Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import {
  parseRawHeader,
  parseSafetensorsHeader,
  type RawHeader,
  SAFETENSORS_DTYPES,
  type SafetensorsEntry,
  type SafetensorsHeader,
  WeightFileError,
} from "./safetensors-header.ts";
import { realFile } from "./weight-files.ts";

const NAME = Object.fromEntries([...SAFETENSORS_DTYPES].map(([name, dtype]) => [dtype, name])) as Record<
  DType,
  string
>;

/** The format's own limit on the header. */
const HEADER_LIMIT = 100_000_000;

/**
 * Reads the header of a safetensors file (https://huggingface.co/docs/safetensors) and checks every claim in it against
 * the file. Throws WeightFileError.
 */
export function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  return withHeader(path, parseSafetensorsHeader);
}

/** The same for people, who look at files of every type, with the size of the file in bytes. Throws WeightFileError. */
export function readSafetensorsOutline(path: string): Promise<RawHeader & { readonly size: number }> {
  return withHeader(path, (header, path, start, size) => ({
    ...parseRawHeader(header, path, start, size),
    size,
  }));
}

async function withHeader<T>(path: string, parse: (...from: HeaderBytes) => T): Promise<T> {
  const file = await openForReading(path);
  try {
    const size = (await file.stat()).size;
    const prefix = await readExactly(file, path, 0, 8, size);
    const length = prefix.getBigUint64(0, true);
    if (length > BigInt(Math.min(HEADER_LIMIT, size - 8))) {
      throw new WeightFileError(
        t(
          "{0}: its header is said to be {1} bytes long, the file has {2}. It is cut off or not a safetensors file; fetch it again.",
          path,
          String(length),
          size,
        ),
        path,
      );
    }
    const header = await readExactly(file, path, 8, Number(length), size);
    return parse(header, path, 8 + Number(length), size);
  } finally {
    await file.close();
  }
}

type HeaderBytes = Parameters<typeof parseSafetensorsHeader>;

/** Reads every tensor of a small file, such as a command's inputs. */
export async function readSafetensors(path: string): Promise<Map<string, Tensor>> {
  const { tensors } = await readSafetensorsHeader(path);
  const result = new Map<string, Tensor>();
  for (const [name, entry] of tensors) result.set(name, await readTensor(path, entry));
  return result;
}

async function readTensor(path: string, entry: SafetensorsEntry): Promise<Tensor> {
  const file = await openForReading(path);
  try {
    const { size } = await file.stat();
    const view = await readExactly(file, path, entry.offset, entry.length, size);
    return { dtype: entry.dtype, shape: entry.shape, data: new Uint8Array(view.buffer) };
  } finally {
    await file.close();
  }
}

/** What a tensor will be, before its bytes are there. */
export interface SafetensorsPlan {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/**
 * Writes a safetensors file. The bytes of each tensor are asked for in the order of `plan`, one at a time, whole or in
 * pieces, so that a file larger than memory can be written.
 */
export async function writeSafetensors(
  path: string,
  plan: readonly SafetensorsPlan[],
  bytesOf: (index: number) => Uint8Array | Promise<Uint8Array> | AsyncIterable<Uint8Array>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let offset = 0;
  for (const { name, dtype, shape } of plan) {
    const length = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]);
    header[name] = { dtype: NAME[dtype], shape, data_offsets: [offset, offset + length] };
    offset += length;
  }
  // padded with spaces, so that the tensors begin at a multiple of 64
  const json = JSON.stringify(header);
  const text = json + " ".repeat((64 - ((Buffer.byteLength(json) + 8) % 64)) % 64);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));

  const file = await open(path, "w");
  try {
    await file.writeFile(Buffer.concat([prefix, Buffer.from(text)]));
    for (const [i, { name, dtype, shape }] of plan.entries()) {
      const length = shape.reduce((a, b) => a * b, DTYPE_BYTES[dtype]);
      const given = bytesOf(i);
      let written = 0;
      for await (const bytes of Symbol.asyncIterator in given ? given : [given]) {
        if (bytes.byteLength > 0) await file.writeFile(bytes);
        written += bytes.byteLength;
      }
      if (written !== length) {
        throw new RangeError(`${name}: ${dtype}[${shape.join()}] takes ${length} bytes, not ${written}`);
      }
    }
  } finally {
    await file.close();
  }
}

/** Writes tensors that are in memory. */
export async function writeTensors(path: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> {
  const entries = [...tensors];
  await writeSafetensors(
    path,
    entries.map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    i => entries[i]![1].data,
  );
}

async function openForReading(path: string): Promise<FileHandle> {
  await realFile(path);
  try {
    return await open(path, "r");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeightFileError(t("{0} cannot be opened: {1}.", path, reason), path);
  }
}

async function readExactly(
  file: FileHandle,
  path: string,
  offset: number,
  length: number,
  size: number,
): Promise<DataView> {
  const buffer = allocate(path, length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await file.read(new Uint8Array(buffer, read), 0, length - read, offset + read);
    if (bytesRead === 0) {
      throw new WeightFileError(
        t(
          "{0} ends after {1} bytes, {2} are needed. It is cut off; fetch it again.",
          path,
          size,
          offset + length,
        ),
        path,
      );
    }
    read += bytesRead;
  }
  return new DataView(buffer);
}

function allocate(path: string, length: number): ArrayBuffer {
  try {
    return new ArrayBuffer(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new WeightFileError(
      t("{0}: there is no memory for {1} bytes of it. Close other programs and try again.", path, length),
      path,
    );
  }
}
