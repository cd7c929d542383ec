import assert from "node:assert/strict";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readGgufHeader } from "../../../src/runtime/models/gguf.ts";
import { WeightFileError } from "../../../src/runtime/weights/safetensors-header.ts";
import { temporaryFolder } from "../../support/weights.ts";

const folder = temporaryFolder();
let files = 0;

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const u64 = (value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

const [UINT8, UINT32, STRING, ARRAY] = [0, 4, 8, 9];
const F32 = 0;

interface Parts {
  readonly pairs?: readonly Buffer[];
  /** Vectors of float32 by name: how many numbers, and where they are said to begin in the data. */
  readonly tensors?: readonly (readonly [name: string, numbers: number, offset: number])[];
  readonly tensorCount?: number;
  readonly pairCount?: number;
  /** Bytes after the header, which is padded to 32. */
  readonly data?: number;
  /** Of the whole file; what goes beyond its contents is a hole. */
  readonly size?: number;
}

async function fileWith({ pairs = [], tensors = [], data = 0, size, ...counts }: Parts): Promise<string> {
  const header = Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(counts.tensorCount ?? tensors.length),
    u64(counts.pairCount ?? pairs.length),
    ...pairs,
    ...tensors.flatMap(([name, numbers, offset]) => [
      text(name),
      u32(1),
      u64(numbers),
      u32(F32),
      u64(offset),
    ]),
  ]);
  const path = join(folder, `file-${files++}.gguf`);
  await writeFile(path, Buffer.concat([header, Buffer.alloc((-header.length & 31) + data)]));
  if (size !== undefined) await truncate(path, size);
  return path;
}

async function refused(parts: Parts, reason: RegExp, tensor: string | null = null): Promise<void> {
  const path = await fileWith(parts);
  await assert.rejects(readGgufHeader(path), (error: unknown) => {
    assert.ok(error instanceof WeightFileError, String((error as Error).stack));
    assert.deepEqual([error.file, error.tensor], [path, tensor]);
    assert.ok(error.message.includes(path), error.message);
    assert.match(error.message, reason);
    return true;
  });
}

const alignment = (value: number): Buffer =>
  Buffer.concat([text("general.alignment"), u32(UINT32), u32(value)]);

test("tensors that lie apart are listed, at the alignment that the file states", async () => {
  const path = await fileWith({
    pairs: [alignment(8)],
    tensors: [
      ["a", 2, 8],
      ["b", 2, 0],
    ],
    data: 32,
  });
  const { tensors } = await readGgufHeader(path);
  const [a, b] = [tensors.get("a")!, tensors.get("b")!];
  assert.deepEqual([a.start - b.start, b.start % 8, a.bytes], [8, 0, 8]);
});

test("tensors that overlap", async () => {
  const tensors = [
    ["a", 9, 0],
    ["b", 8, 32],
  ] as const;
  await refused({ tensors, data: 64 }, /a and b overlap\. The file is damaged/, "b");
});

test("a tensor that begins between two multiples of the alignment", async () => {
  await refused(
    { tensors: [["c", 4, 3]], data: 64 },
    /tensor c begins at byte 3 of the data, which is no multiple of 32/,
    "c",
  );
});

test("an alignment that is no power of two, or no number", async () => {
  for (const value of [0, 3, 48])
    await refused({ pairs: [alignment(value)] }, new RegExp(`its alignment is ${value}, not a power of two`));
  const words = Buffer.concat([text("general.alignment"), u32(STRING), text("many")]);
  await refused({ pairs: [words] }, /its alignment is many, not a power of two/);
});

test("counts that the file has no room for are refused before anything is read for them", async () => {
  const list = (type: number, length: number) =>
    Buffer.concat([text("list"), u32(ARRAY), u32(type), u64(length)]);
  for (const parts of [
    { tensorCount: 2 ** 50 },
    { pairCount: 2 ** 50 },
    { tensorCount: 10 ** 7, size: 2 * 10 ** 8 },
    { pairs: [list(UINT8, 2 ** 50)] },
    // a text takes the 8 bytes of its length at least
    { pairs: [list(STRING, 10 ** 8)], size: 3 * 10 ** 8 },
    { pairs: [Buffer.concat([text("text"), u32(STRING), u64(2 ** 40)])] },
  ])
    await refused({ size: 3 * 10 ** 8, ...parts }, /is cut short; fetch it again/);
});

test("counts beyond those of any model", async () => {
  const list = Buffer.concat([text("list"), u32(ARRAY), u32(UINT8), u64(2 * 10 ** 8)]);
  await refused({ pairs: [list], size: 3 * 10 ** 8 }, /its lists have more than 16777216 elements/);
  await refused({ tensorCount: 10 ** 7, size: 3 * 10 ** 8 }, /it lists more than 1048576 tensors and facts/);
});

test("a file that is not there, and what is no file", async () => {
  await assert.rejects(
    readGgufHeader(join(folder, "none.gguf")),
    /^WeightFileError: .*none\.gguf cannot be opened/,
  );
  await assert.rejects(
    readGgufHeader(folder),
    (error: Error) => error.message === `${folder} is not a file.`,
  );
});

test("a tensor, or a fact, that is listed twice", async () => {
  const a = ["a", 8, 0] as const;
  await refused({ tensors: [a, a], data: 64 }, /a is listed twice/, "a");
  await refused({ pairs: [alignment(8), alignment(32)] }, /general\.alignment is listed twice/);
});
