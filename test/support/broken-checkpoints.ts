import { cpSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRandom } from "../../src/runtime/session/sampling.ts";
import { writeTensors } from "../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../src/shared/dtype.ts";

const WEIGHTS = "model.safetensors";
const SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;
const INDEX = "model.safetensors.index.json";

/** Writes a small valid checkpoint, in one file or in two shards. */
export async function writeValidCheckpoint(folder: string, sharded: boolean): Promise<void> {
  writeFileSync(join(folder, "config.json"), JSON.stringify({ architectures: ["A"], model_type: "a" }));
  const tensors = ["a.weight", "a.bias", "b.weight", "b.bias"].map((name, i): [string, Tensor] => {
    const shape = i % 2 === 0 ? [3, 4] : [3];
    const data = new Uint8Array(4 * (i % 2 === 0 ? 12 : 3)).map((_, byte) => byte + i);
    return [name, { dtype: "float32", shape, data }];
  });
  if (!sharded) return writeTensors(join(folder, WEIGHTS), new Map(tensors));
  await writeTensors(join(folder, SHARDS[0]), new Map(tensors.slice(0, 2)));
  await writeTensors(join(folder, SHARDS[1]), new Map(tensors.slice(2)));
  const map = tensors.map(([name], i) => [name, SHARDS[i < 2 ? 0 : 1]]);
  writeFileSync(join(folder, INDEX), JSON.stringify({ weight_map: Object.fromEntries(map) }));
}

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** What is done to a checkpoint: to the bytes of a file of weights, to its header, or to the folder. */
interface Mutation {
  readonly bytes?: (bytes: Buffer, below: (n: number) => number) => Buffer;
  readonly header?: (header: Header, name: string, below: (n: number) => number) => unknown;
  readonly folder?: (folder: string, file: string) => void;
  readonly index?: (map: Record<string, string>, below: (n: number) => number) => unknown;
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "cut off": { bytes: (bytes, below) => bytes.subarray(0, below(bytes.length)) },
  "a bit of the header flipped": {
    bytes: (bytes, below) => {
      const at = below(8 + Number(bytes.readBigUInt64LE()));
      bytes[at]! ^= 1 << below(8);
      return bytes;
    },
  },
  "a header of any length": {
    bytes: (bytes, below) => {
      bytes.writeBigUInt64LE(BigInt(below(2 ** 31)) << BigInt(below(33)));
      return bytes;
    },
  },
  "bytes without a meaning": { bytes: (bytes, below) => bytes.map(() => below(256)) as Buffer },
  "a header of brackets": {
    bytes: (bytes, below) => {
      const depth = 1000 + below(100_000);
      const text = Buffer.from('{"a.weight":'.concat("[".repeat(depth)));
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(text.length));
      return Buffer.concat([length, text, bytes]);
    },
  },
  "an offset moved": {
    header: (header, name, below) => {
      header[name]!.data_offsets[below(2) as 0 | 1] += (below(2) * 2 - 1) * (1 + below(64));
      return header;
    },
  },
  "huge offsets": {
    header: (header, name, below) => {
      header[name]!.data_offsets = [0, 2 ** (31 + below(40))];
      return header;
    },
  },
  "two tensors in one place": {
    header: header => {
      const [first, second] = Object.values(header);
      second!.data_offsets = [first!.data_offsets[0], first!.data_offsets[0] + 4 * second!.shape[0]!];
      return header;
    },
  },
  "a huge shape": {
    header: (header, name, below) => {
      header[name]!.shape = Array.from({ length: 1 + below(40) }, () => 2 ** below(53));
      return header;
    },
  },
  "a shape that is none": {
    header: (header, name, below) => {
      header[name]!.shape = [[-1], [1.5], [null], "x", { length: 3 }, [1e308, 1e308]][below(6)] as number[];
      return header;
    },
  },
  "another type": {
    header: (header, name, below) => {
      header[name]!.dtype = ["F64", "I8", "F8_E5M2", "F4", "", "__proto__", "toString"][below(7)]!;
      return header;
    },
  },
  "an entry that is none": {
    header: (header, name, below) => ({ ...header, [name]: [null, 3, "x", [], {}, true][below(6)] }),
  },
  "a file that is gone": { folder: (folder, file) => rmSync(join(folder, file)) },
  "an empty file": { folder: (folder, file) => truncateSync(join(folder, file)) },
  "a link to itself": {
    folder: (folder, file) => {
      rmSync(join(folder, file));
      symlinkSync(file, join(folder, file));
    },
  },
  "links in a circle": {
    folder: (folder, file) => {
      rmSync(join(folder, file));
      symlinkSync("there", join(folder, file));
      symlinkSync(file, join(folder, "there"));
    },
  },
  "a link to a folder": {
    folder: (folder, file) => {
      rmSync(join(folder, file));
      symlinkSync(".", join(folder, file));
    },
  },
  "a link to what has no end": {
    folder: (folder, file) => {
      rmSync(join(folder, file));
      symlinkSync("/dev/zero", join(folder, file));
    },
  },
  "an index of another file": {
    index: (map, below) => {
      const name = Object.keys(map)[below(4)]!;
      return { weight_map: { ...map, [name]: ["gone.safetensors", "../../x", "config.json", ""][below(4)] } };
    },
  },
  "an index of another tensor": { index: map => ({ weight_map: { ...map, "c.weight": SHARDS[0] } }) },
  "an index that is none": {
    index: (_map, below) =>
      [null, [], {}, { weight_map: 3 }, { weight_map: { a: 3 } }, { weight_map: {} }][below(6)],
  },
};

/**
 * Breaks a copy of a valid checkpoint in one way, chosen by the seed.
 * @returns what was done, and to which file.
 */
export async function breakCheckpoint(
  seed: number,
  folder: string,
  valid: { single: string; sharded: string },
) {
  const random = createRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const names = Object.keys(MUTATIONS);
  const name = names[seed % names.length]!;
  const { bytes, header, folder: change, index } = MUTATIONS[name]!;
  const sharded = index !== undefined || below(2) === 1;
  cpSync(sharded ? valid.sharded : valid.single, folder, { recursive: true });
  const file = index ? INDEX : sharded ? SHARDS[below(2) as 0 | 1] : WEIGHTS;
  const path = join(folder, file);
  if (bytes) writeFileSync(path, bytes(readFileSync(path), below));
  if (change) change(folder, file);
  if (index)
    writeFileSync(path, JSON.stringify(index(JSON.parse(readFileSync(path, "utf8")).weight_map, below)));
  if (header) {
    const whole = readFileSync(path);
    const end = 8 + Number(whole.readBigUInt64LE());
    const parsed = JSON.parse(whole.subarray(8, end).toString()) as Header;
    const text = Buffer.from(JSON.stringify(header(parsed, Object.keys(parsed)[below(2)]!, below)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(path, Buffer.concat([length, text, whole.subarray(end)]));
  }
  return { name, file, path };
}
