import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeTensors } from "../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../src/shared/dtype.ts";

/** case.json of test/fixtures/architectures; scripts/fixtures/architectures.py says what the fields mean. */
export interface ArchitectureCase {
  readonly source: string;
  readonly class: string;
  readonly greedy?: { readonly prompt: readonly number[]; readonly tokens: readonly number[] };
  readonly sha256: string;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

export async function readCase(fixture: string): Promise<ArchitectureCase> {
  return JSON.parse(await readFile(join(fixture, "case.json"), "utf8")) as ArchitectureCase;
}

/**
 * Lays a checkpoint of the fixture's model out in `folder`, as Hugging Face does.
 * @throws Error when the weights are not, bit by bit, those that the fixture was made with.
 */
export async function writeCheckpoint(
  fixture: string,
  folder: string,
  { parameters, sha256 }: Pick<ArchitectureCase, "parameters" | "sha256">,
): Promise<void> {
  const tensors = new Map(
    Object.entries(parameters).map(([name, shape]) => [name, formulaTensor(name, shape)]),
  );
  const digest = createHash("sha256");
  for (const { data } of tensors.values()) digest.update(data);
  if (digest.digest("hex") !== sha256) throw new Error(`${fixture}: the formula gives other weights`);
  await mkdir(folder, { recursive: true });
  await copyFile(join(fixture, "config.json"), join(folder, "config.json"));
  await writeTensors(join(folder, "model.safetensors"), tensors);
}

/** Half the width of what `formulaTensor` draws. */
export const SPREAD = 0.1386;

/** `formula` of scripts/fixtures/architectures.py: uniform around 0, or around 1 for the weight of a norm and for a variance. */
export function formulaTensor(name: string, shape: readonly number[]): Tensor {
  const seed = seedOf(name);
  const centre = shape.length === 1 && /(?:weight|running_var)$/.test(name) ? 1 : 0;
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => {
    const unit = (bits(seed, index) >>> 8) / 2 ** 24;
    return centre + (2 * unit - 1) * SPREAD;
  });
  return { dtype: "float32", shape, data: new Uint8Array(values.buffer) };
}

/** `bits` of scripts/fixtures/architectures.py: 32 of them for each index. */
export function formulaBits(name: string, count: number): Uint32Array {
  const seed = seedOf(name);
  return Uint32Array.from({ length: count }, (_, index) => bits(seed, index));
}

/** FNV-1a. */
function seedOf(name: string): number {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  return seed;
}

/** The finaliser of murmur3. */
function bits(seed: number, index: number): number {
  let h = (Math.imul(index, 0x9e3779b9) + seed) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
