import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors, writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import { projectDirectory } from "../../support/paths.ts";

/** Runs `papertrace` in a process of its own and returns what it wrote to stdout. */
export function papertrace(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): string {
  return execFileSync(process.execPath, [join(projectDirectory, "dist", "cli.js"), ...argv], {
    encoding: "utf8",
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** `papertrace run --tap` on token ids: the tapped values by id. */
export async function tapped(options: {
  model: string;
  source: string;
  class: string;
  transformers: string;
  ids: readonly number[];
  taps: readonly string[];
}): Promise<ReadonlyMap<string, Tensor>> {
  const directory = mkdtempSync(join(tmpdir(), "papertrace-run-"));
  const inputs = join(directory, "in.safetensors");
  const outputs = join(directory, "out.safetensors");
  const ids = BigInt64Array.from(options.ids, BigInt);
  await writeTensors(
    inputs,
    new Map([["input_ids", { dtype: "int64", shape: [1, ids.length], data: new Uint8Array(ids.buffer) }]]),
  );
  papertrace([
    "run",
    ...["--model", options.model, "--source", options.source, "--class", options.class],
    ...["--transformers", options.transformers, "--inputs", inputs, "--output", outputs],
    ...options.taps.flatMap(tap => ["--tap", tap]),
  ]);
  return readSafetensors(outputs);
}

/** One element of a float32 tensor. */
export function element(tensor: Tensor, ...index: readonly number[]): number {
  const flat = index.reduce((offset, at, axis) => offset * tensor.shape[axis]! + at, 0);
  return new DataView(tensor.data.buffer, tensor.data.byteOffset).getFloat32(flat * 4, true);
}

/** Mean, standard deviation (of the population), smallest and largest element of a float32 tensor. */
export function statistics(tensor: Tensor): { mean: number; std: number; min: number; max: number } {
  const count = tensor.shape.reduce((product, size) => product * size, 1);
  const view = new DataView(tensor.data.buffer, tensor.data.byteOffset);
  const values = Array.from({ length: count }, (_, index) => view.getFloat32(index * 4, true));
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  return { mean, std: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) };
}
