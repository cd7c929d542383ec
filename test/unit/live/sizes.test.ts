import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { findHoles } from "../../../scripts/score/holes.ts";
import { specsOf } from "../../../src/runtime/live/inputs.ts";
import { SessionProcess } from "../../../src/runtime/session/process.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { readCase, writeCheckpoint } from "../../support/formula-weights.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

/** Fewest runs that the one graph must serve of those that are tried: most sources take every size. */
const CASES = [
  { name: "gpt2", decoder: true, served: 6 },
  { name: "bert", decoder: false, served: 3 },
  { name: "mixtral", decoder: true, served: 6 },
  { name: "t5", decoder: false, served: 3 },
  { name: "vit", decoder: false, served: 1 },
  { name: "whisper", decoder: false, served: 3 },
] as const;

const FIXTURES = fixturesDirectory("architectures");

let folder: string;
let tracer: TracerProcess;
let session: SessionProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-sizes-"));
  tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
  session = new SessionProcess();
});

after(async () => {
  tracer.dispose();
  session.dispose();
  await rm(folder, { recursive: true });
});

for (const { name, decoder, served } of CASES) {
  test(`one graph of ${name} is right at every size that its guards let through`, async () => {
    const fixture = join(FIXTURES, name);
    const known = await readCase(fixture);
    const checkpoint = join(folder, name);
    await writeCheckpoint(fixture, checkpoint, known);
    const { output: _, ...inputs } = Object.fromEntries(
      await readSafetensors(join(fixture, "second.safetensors")),
    );
    const transformers = transformersDirectory();
    const subject = {
      name,
      folder: checkpoint,
      source: join(transformers, "transformers", ...known.source.split("/")),
      class: known.class,
      specs: specsOf(inputs),
      decoder,
    };
    const found = await findHoles(subject, { tracer, session, transformers, cacheDirectory: folder }, 4);
    assert.deepEqual(found.holes, []);
    assert.ok(found.served >= served, `served ${found.served}, given to another trace ${found.caught}`);
  });
}
