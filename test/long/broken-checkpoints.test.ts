import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBrokenCheckpoints, checkBrokenGguf } from "../support/broken-checkpoint-check.ts";
import { temporaryFolder } from "../support/weights.ts";
import { tinyGguf } from "../unit/models/tiny-gguf.ts";

test("no broken checkpoint hangs, takes memory without bound or is taken for a whole one", async () => {
  const seeds = Array.from({ length: 400 }, (_, i) => 1000 + i);
  const refused = await checkBrokenCheckpoints(seeds, temporaryFolder());
  assert.ok(refused > 320, `${refused} of ${seeds.length} were refused`);
});

test("no broken GGUF file does either", async () => {
  const seeds = Array.from({ length: 800 }, (_, i) => 1000 + i);
  const refused = await checkBrokenGguf(seeds, tinyGguf(), temporaryFolder());
  assert.ok(refused > 400, `${refused} of ${seeds.length} were refused`);
});
