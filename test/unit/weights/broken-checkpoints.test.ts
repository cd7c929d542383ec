import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBrokenCheckpoints, checkBrokenGguf } from "../../support/broken-checkpoint-check.ts";
import { MUTATIONS } from "../../support/broken-checkpoints.ts";
import { temporaryFolder } from "../../support/weights.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";

test("a checkpoint broken in any of many ways is refused with a sentence that names the file", async () => {
  const kinds = Object.keys(MUTATIONS).length;
  const seeds = Array.from({ length: 2 * kinds }, (_, i) => i);
  const refused = await checkBrokenCheckpoints(seeds, temporaryFolder());
  assert.ok(refused > 1.5 * kinds, `${refused} of ${2 * kinds} were refused`);
});

test("a broken GGUF file is refused by name, or all that it lists can be read", async () => {
  const seeds = Array.from({ length: 60 }, (_, i) => i);
  const refused = await checkBrokenGguf(seeds, tinyGguf(), temporaryFolder());
  assert.ok(refused > 30, `${refused} of ${seeds.length} were refused`);
});
