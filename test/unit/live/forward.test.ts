import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { forwardCases, scoreForward } from "../../../scripts/score/forward.ts";
import { Live } from "../../../src/runtime/live/live.ts";
import { writeCheckpoint } from "../../support/formula-weights.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

const FIXTURES = fixturesDirectory("forward");
const NAMES = forwardCases(FIXTURES);

let folder: string;
let live: Live;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-forward-"));
  live = new Live({ cacheDirectory: tracerCacheDirectory() });
});

after(async () => {
  live.dispose();
  await rm(folder, { recursive: true });
});

for (const name of NAMES) {
  test(`transformers' own ${name} gives PyTorch's numbers`, async () => {
    const fixture = join(FIXTURES, name);
    const described = JSON.parse(await readFile(join(fixture, "case.json"), "utf8"));
    await writeCheckpoint(fixture, join(folder, name), described);
    await cp(fixture, join(folder, name), { recursive: true });
    const [score] = await scoreForward(folder, [name], live, transformersDirectory());
    assert.equal(score!.reason, null);
  });
}
