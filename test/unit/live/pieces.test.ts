import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { scoreCache } from "../../../scripts/score/cache.ts";
import type { Machinery } from "../../../scripts/score/holes.ts";
import { specOf } from "../../../src/runtime/live/inputs.ts";
import { Live } from "../../../src/runtime/live/live.ts";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { SessionProcess } from "../../../src/runtime/session/process.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { readCase, writeCheckpoint } from "../../support/formula-weights.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

const ids = specOf("input_ids", "int64", [1, 1]);
const encoderDecoder = [ids, specOf("decoder_input_ids", "int64", [1, 1])];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-pieces-"));
  // The interpreter need not start from nothing.
  const { snapshots } = cacheAt(tracerCacheDirectory());
  await mkdir(snapshots, { recursive: true });
  await symlink(snapshots, cacheAt(folder).snapshots, "dir");
});
after(() => rm(folder, { recursive: true }));

describe("a text in pieces has the logits of the text at once", () => {
  let machinery: Machinery & { readonly tracer: TracerProcess; readonly session: SessionProcess };
  before(() => {
    machinery = {
      tracer: new TracerProcess({ cacheDirectory: folder }),
      session: new SessionProcess(),
      transformers: transformersDirectory(),
      cacheDirectory: folder,
    };
  });
  after(() => {
    machinery.tracer.dispose();
    machinery.session.dispose();
  });

  for (const [name, specs] of [
    ["gpt2", [ids]],
    ["mixtral", [ids]],
    ["t5", encoderDecoder],
  ] as const) {
    test(name, async () => {
      const fixture = join(fixturesDirectory("architectures"), name);
      const description = await readCase(fixture);
      const checkpoint = join(folder, name);
      await writeCheckpoint(fixture, checkpoint, description);
      const score = await scoreCache(
        {
          name,
          folder: checkpoint,
          source: join(machinery.transformers, "transformers", ...description.source.split("/")),
          class: description.class,
          specs,
          decoder: true,
        },
        machinery,
      );
      assert.equal(score?.reason, null);
      assert.equal(score?.remark, null);
    });
  }
});

describe("sources that keep what went before in their own way continue alike with it and without", () => {
  let live: Live;
  before(() => {
    live = new Live({ cacheDirectory: folder });
  });
  after(() => live.dispose());

  for (const [className, keeping] of [
    ["BufferDecoder", "handed-on"],
    ["TupleDecoder", "handed-on"],
    ["StateDecoder", "handed-on"],
    ["PresentDecoder", "handed-on"],
    ["DictionaryDecoder", "handed-on"],
    ["GivenDecoder", "handed-on"],
    ["PreparedDecoder", "handed-on"],
    ["CountingDecoder", "handed-on"],
    ["RecurrentDecoder", "handed-on"],
    ["LookingAhead", "nothing"],
    ["Translator", "nothing"],
    ["Pretending", "nothing"],
  ] as const) {
    test(className, async () => {
      const model = await live.open({
        source: join(fixturesDirectory("live"), "modeling_carried.py"),
        class: className,
        checkpoint: null,
        arguments: {},
        transformers: null,
      });
      const continued = (cache: boolean) =>
        model.generate({ prompt: [3, 1, 4, 1, 5], tokens: 12, temperature: 1, seed: 7, cache });
      const kept = await continued(true);
      assert.equal(kept.keeping, keeping);
      assert.ok(new Set(kept.tokens).size > 3, kept.tokens.join(" "));
      assert.deepEqual(kept.tokens, (await continued(false)).tokens);
      model.dispose();
    });
  }

  test("EncodingDecoder, whose first step is another branch, also for one token alone", async () => {
    const model = await live.open({
      source: join(fixturesDirectory("live"), "modeling_carried.py"),
      class: "EncodingDecoder",
      checkpoint: null,
      arguments: {},
      transformers: null,
    });
    for (const prompt of [
      [3, 1, 4, 1, 5],
      [9, 2, 6],
      [5, 3, 5, 8],
    ]) {
      const next = (cache: boolean) => model.generate({ prompt, tokens: 1, temperature: 0, seed: 7, cache });
      assert.deepEqual((await next(true)).tokens, (await next(false)).tokens);
    }
    model.dispose();
  });
});
