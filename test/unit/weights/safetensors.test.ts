import assert from "node:assert/strict";
import { readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { LAYOUT } from "../../../src/runtime/models/layout.ts";
import { fill, toBytes } from "../../../src/runtime/primitives/numbers.ts";
import { openCheckpointWeights } from "../../../src/runtime/weights/checkpoint-weights.ts";
import {
  readSafetensors,
  readSafetensorsHeader,
  writeTensors,
} from "../../../src/runtime/weights/safetensors.ts";
import { WeightFileError } from "../../../src/runtime/weights/safetensors-header.ts";
import { DTYPE_BYTES, DTYPES, type Tensor } from "../../../src/shared/dtype.ts";
import { checkpointOf, temporaryFolder } from "../../support/weights.ts";

const folder = temporaryFolder();
let files = 0;

/** A file with this header, or header text, before so many bytes of data. */
async function fileWith(header: unknown, dataBytes: number, claimed?: bigint): Promise<string> {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(claimed ?? BigInt(Buffer.byteLength(text)));
  const path = join(folder, `broken-${files++}.safetensors`);
  await writeFile(path, Buffer.concat([prefix, Buffer.from(text), Buffer.alloc(dataBytes)]));
  return path;
}

async function refused(path: string, reason: RegExp, tensor: string | null = null): Promise<void> {
  await assert.rejects(readSafetensorsHeader(path), (error: unknown) => {
    assert.ok(error instanceof WeightFileError);
    assert.equal(error.file, path);
    assert.equal(error.tensor, tensor);
    assert.match(error.message, reason);
    return true;
  });
}

const vector = (from: number, to: number, shape = [2], dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [from, to],
});

test("tensors of every type survive being written and read", async () => {
  const tensors = new Map<string, Tensor>(
    DTYPES.map(dtype => {
      const data = Uint8Array.from({ length: 6 * DTYPE_BYTES[dtype] }, (_, i) =>
        dtype === "bool" ? i % 2 : i,
      );
      return [`a.${dtype}`, { dtype, shape: [2, 3], data }];
    }),
  );
  tensors.set("scalar", { dtype: "float32", shape: [], data: new Uint8Array(Float32Array.of(2.5).buffer) });
  tensors.set("empty", { dtype: "int64", shape: [0, 3], data: new Uint8Array(0) });
  const path = join(folder, "whole.safetensors");
  await writeTensors(path, tensors);
  const read = await readSafetensors(path);
  assert.deepEqual(read, tensors);
  const bytes = await readFile(path);
  const { tensors: entries } = await readSafetensorsHeader(path);
  const { offset, length } = entries.get("scalar")!;
  assert.equal(bytes.readFloatLE(offset), 2.5);
  assert.equal(length, 4);
});

test("a file that is cut off in its header", async () => {
  const path = await fileWith({ a: vector(0, 8) }, 8);
  await truncate(path, 20);
  await refused(path, /its header is said to be \d+ bytes long, the file has 20\. It is cut off/);
});

test("a file shorter than its first number", async () => {
  const path = join(folder, "tiny.safetensors");
  await writeFile(path, "abc");
  await refused(path, /ends after 3 bytes, 8 are needed/);
});

test("a header said to be larger than memory", async () => {
  await refused(await fileWith({}, 0, 2n ** 62n), /4611686018427387904 bytes long/);
});

test("a header that is no JSON object", async () => {
  await refused(await fileWith("{]", 0), /its header is not a JSON object/);
  await refused(await fileWith("[1]", 0), /its header is not a JSON object/);
});

test("a tensor beyond the end of the file", async () => {
  await refused(
    await fileWith({ a: vector(0, 8) }, 7),
    /a is said to lie at bytes \d+ to \d+, the file ends at/,
    "a",
  );
});

test("offsets that lie", async () => {
  await refused(await fileWith({ a: vector(8, 0) }, 8), /a is said to lie at/, "a");
  await refused(await fileWith({ a: vector(0, 4) }, 8), /a has 4 bytes, F32 of shape \[2\] take 8/, "a");
  await refused(
    await fileWith({ a: vector(0, -8) }, 8),
    /the entry of a lacks a dtype, a shape or offsets/,
    "a",
  );
  await refused(await fileWith({ a: { dtype: "F32" } }, 8), /the entry of a lacks/, "a");
  await refused(await fileWith({ a: null }, 8), /the entry of a lacks/, "a");
});

test("tensors that overlap", async () => {
  await refused(await fileWith({ a: vector(0, 8), b: vector(4, 12) }, 12), /a and b overlap/, "b");
});

test("an entry that is there twice, or says something twice", async () => {
  const entry = JSON.stringify(vector(0, 8));
  const other = JSON.stringify(vector(8, 16));
  const twice = /the entry of a is there twice, or says something twice/;
  await refused(await fileWith(`{"a":${entry},"b":${other},"\\u0061":${other}}`, 16), twice, "a");
  await refused(await fileWith(`{"a":{"dtype":"F16",${entry.slice(1)}}`, 8), twice, "a");
  const names = { "a:b": vector(0, 8), 'a"{': vector(8, 16), "a\\": vector(16, 24) };
  const { tensors } = await readSafetensorsHeader(await fileWith(names, 24));
  assert.deepEqual([...tensors.keys()], Object.keys(names));
});

test("complex numbers are held by their parts", async () => {
  const path = await fileWith({ a: vector(0, 48, [2, 3], "C64") }, 48);
  const { dtype, shape, length } = (await readSafetensorsHeader(path)).tensors.get("a")!;
  assert.deepEqual({ dtype, shape, length }, { dtype: "float32", shape: [2, 3, 2], length: 48 });
});

test("an element type that is not supported", async () => {
  const path = await fileWith({ a: vector(0, 2, [2], "F8_E4M3") }, 2);
  await refused(path, /a has elements of type F8_E4M3, which are not supported/, "a");
});

test("a file that is not there", async () => {
  await refused(join(folder, "nowhere.safetensors"), /nowhere\.safetensors cannot be opened: ENOENT/);
});

const numbers = fill("float32", [2, 2], i => i);
const tensor: Tensor = { dtype: "float32", shape: [2, 2], data: toBytes(numbers) };

test("shards are found through their index, and a missing one is named", async () => {
  const sharded = temporaryFolder();
  await writeTensors(join(sharded, "model-00001-of-00002.safetensors"), new Map([["a", tensor]]));
  const index = {
    weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" },
  };
  await writeFile(join(sharded, "model.safetensors.index.json"), JSON.stringify(index));
  await assert.rejects(
    openCheckpointWeights(sharded),
    /model-00002-of-00002\.safetensors is missing: model\.safetensors\.index\.json names it as one of 2 shards/,
  );
  await writeTensors(join(sharded, "model-00002-of-00002.safetensors"), new Map([["b", tensor]]));
  const weights = await openCheckpointWeights(sharded);
  assert.deepEqual([...weights.names].sort(), ["a", "b"]);
  const found = weights.find("b");
  assert.equal(found?.kind === "plain" && found.location, "model-00002-of-00002.safetensors");
});

/** Shards of one folder, each tensor filled with one number, and an index. */
async function shards(files: Record<string, Record<string, number>>, map: Record<string, string>) {
  const sharded = temporaryFolder();
  for (const [name, tensors] of Object.entries(files)) {
    const filled = Object.entries(tensors).map(([tensor, value]): [string, Tensor] => [
      tensor,
      { dtype: "float32", shape: [2], data: toBytes(fill("float32", [2], () => value)) },
    ]);
    await writeTensors(join(sharded, name), new Map(filled));
  }
  const index = join(sharded, "model.safetensors.index.json");
  await writeFile(index, JSON.stringify({ weight_map: map }));
  return { sharded, index };
}

test("a tensor in several shards is read from the one that the index names", async () => {
  const { sharded } = await shards(
    { "m-1.safetensors": { a: 1 }, "m-2.safetensors": { a: 2, b: 3 } },
    { a: "m-1.safetensors", b: "m-2.safetensors" },
  );
  const weights = await openCheckpointWeights(sharded);
  const found = weights.find("a");
  assert.equal(found?.kind === "plain" && found.location, "m-1.safetensors");
});

test("a tensor in another shard than the index says, or in two of which it names none", async () => {
  const files = { "m-1.safetensors": { a: 1, c: 1 }, "m-2.safetensors": { b: 3, c: 2 } };
  const wrong = await shards(files, { a: "m-1.safetensors", b: "m-1.safetensors", c: "m-2.safetensors" });
  await assert.rejects(openCheckpointWeights(wrong.sharded), (error: unknown) => {
    assert.ok(error instanceof WeightFileError);
    assert.deepEqual([error.file, error.tensor], [wrong.index, "b"]);
    assert.match(error.message, /says that b is in m-1\.safetensors, which does not hold it/);
    return true;
  });
  const unsaid = await shards(files, { a: "m-1.safetensors", b: "m-2.safetensors" });
  await assert.rejects(
    openCheckpointWeights(unsaid.sharded),
    /^WeightFileError: c is in .*m-1\.safetensors and in .*m-2\.safetensors, and the index does not say which/,
  );
});

test("an index that names a file of another folder", async () => {
  for (const file of ["sub/m.safetensors", "../m.safetensors", "sub\\m.safetensors", "..", ""]) {
    const { sharded, index } = await shards({ "m.safetensors": { a: 9 } }, { a: file });
    await assert.rejects(openCheckpointWeights(sharded), (error: unknown) => {
      assert.ok(error instanceof WeightFileError);
      assert.deepEqual([error.file, error.tensor], [index, "a"]);
      assert.ok(
        error.message.startsWith(`${index} says that a is in “${file}”; shards lie beside their index`),
      );
      return true;
    });
  }
});

test("a cache of symbolic links is followed to the real files", async () => {
  const [blobs, snapshot] = [temporaryFolder(), temporaryFolder()];
  await writeTensors(join(blobs, "4f2a"), new Map([["a", tensor]]));
  await symlink(join(blobs, "4f2a"), join(snapshot, "model.safetensors"));
  const weights = await openCheckpointWeights(snapshot);
  const found = weights.find("a");
  assert.equal(found?.kind === "plain" && found.location, "4f2a");
  assert.match(weights.folder, /papertrace-test/);
});

test("a folder without weights, and an index that is none", async () => {
  const empty = temporaryFolder();
  await assert.rejects(
    openCheckpointWeights(empty),
    /holds neither model\.safetensors nor model\.safetensors\.index/,
  );
  await writeFile(join(empty, "model.safetensors.index.json"), "{}");
  await assert.rejects(openCheckpointWeights(empty), /is not a valid index of shards/);
});

test("repacked weights of another version, or with a part missing", async () => {
  const old = temporaryFolder();
  const metadata = { format: "papertrace", version: "0" };
  const header = JSON.stringify({ __metadata__: metadata, a: vector(0, 8) });
  const path = await fileWith(header, 8);
  await writeFile(join(old, "model.safetensors"), await readFile(path));
  await assert.rejects(openCheckpointWeights(old), /was written by another version of Papertrace \(0\)/);
  const partial = temporaryFolder();
  const quants = vector(0, 16, [1, 1, 16], "U8");
  const lacking = await fileWith({ __metadata__: LAYOUT, "w.q4_1.quants": quants }, 16);
  await writeFile(join(partial, "model.safetensors"), await readFile(lacking));
  await assert.rejects(openCheckpointWeights(partial), /lacks part \w+ of w/);
});

test("what is called as a part of our layout is a tensor like any other in a file that is not ours", async () => {
  const foreign = await checkpointOf({ "w.q4_1.quants": numbers, "v.q8_0.scales": numbers });
  assert.deepEqual([...foreign.names], ["w.q4_1.quants", "v.q8_0.scales"]);
  const found = foreign.find("w.q4_1.quants");
  assert.deepEqual([found?.kind, found?.shape], ["plain", [2, 2]]);
});
