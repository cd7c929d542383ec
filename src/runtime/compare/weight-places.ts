import { join } from "node:path";
import { BLOCK } from "../models/layout.ts";
import { sizeOf } from "../primitives/numbers.ts";
import { CheckpointReader } from "../weights/checkpoint-source.ts";
import { openWeights } from "../weights/checkpoint-weights.ts";
import { readSafetensorsHeader, writeSafetensors } from "../weights/safetensors.ts";
import type { StoredTensor, StoredWeight } from "../weights/stored.ts";
import type { WeightPlace } from "./protocol.ts";

/**
 * Where every parameter of a place of weights lies, under the model's names; matrices in blocks are written as the float32
 * numbers that they stand for.
 * @param unpacked file for those.
 */
export async function weightPlaces(place: string, unpacked: string): Promise<Record<string, WeightPlace>> {
  const weights = await openWeights(place);
  const places: Record<string, WeightPlace> = {};
  const blocks: { readonly name: string; readonly weight: Exclude<StoredWeight, { kind: "plain" }> }[] = [];
  for (const name of weights.names) {
    const weight = weights.find(name)!;
    if (weight.kind !== "plain") blocks.push({ name, weight });
    else {
      const { location, offset, length, dtype, shape } = weight;
      places[name] = { file: join(weights.folder, location), offset, length, dtype, shape };
    }
  }
  if (blocks.length === 0) return places;
  const plan = blocks.map(({ name, weight }) => ({ name, dtype: "float32" as const, shape: weight.shape }));
  const reader = new CheckpointReader(weights.folder);
  try {
    await writeSafetensors(unpacked, plan, i => unpack(reader, blocks[i]!.weight));
  } finally {
    await reader.close();
  }
  const { tensors } = await readSafetensorsHeader(unpacked);
  for (const [name, { offset, length, dtype, shape }] of tensors)
    places[name] = { file: unpacked, offset, length, dtype, shape };
  return places;
}

async function unpack(
  reader: CheckpointReader,
  weight: Exclude<StoredWeight, { kind: "plain" }>,
): Promise<Uint8Array> {
  const bytesOf = (tensor: StoredTensor) => reader.stored(tensor).read(0, sizeOf(tensor.shape));
  const [rows, columns] = weight.shape;
  const groups = columns / BLOCK;
  const quants = await bytesOf(weight.quants);
  const scales = floats(await bytesOf(weight.scales));
  const offsets = weight.kind === "q4_1" ? floats(await bytesOf(weight.offsets)) : null;
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const group = Math.floor(column / BLOCK);
      const i = row * columns + column;
      const scale = scales[row * groups + group]!;
      // d·(q − 8) + (m + 8d), two to a byte; d·(q + 128 − 128)
      values[i] = offsets
        ? scale * (((quants[i >> 1]! >> (4 * (i & 1))) & 15) - 8) + offsets[group * rows + row]!
        : scale * (quants[i]! - 128);
    }
  }
  return new Uint8Array(values.buffer);
}

function floats(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / 4);
}
