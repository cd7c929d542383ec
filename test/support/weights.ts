import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Numbers } from "../../src/runtime/primitives/numbers.ts";
import { toBytes } from "../../src/runtime/primitives/numbers.ts";
import {
  type CheckpointWeights,
  openCheckpointWeights,
} from "../../src/runtime/weights/checkpoint-weights.ts";
import { writeSafetensors } from "../../src/runtime/weights/safetensors.ts";

/** An empty folder that is removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-test-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A checkpoint folder with these tensors, opened. */
export async function checkpointOf(
  tensors: Readonly<Record<string, Numbers>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<CheckpointWeights> {
  const folder = temporaryFolder();
  const entries = Object.entries(tensors);
  await writeSafetensors(
    join(folder, "model.safetensors"),
    entries.map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    i => toBytes(entries[i]![1]),
    metadata,
  );
  return openCheckpointWeights(folder);
}
