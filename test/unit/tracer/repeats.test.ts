import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { specsOf } from "../../../src/runtime/live/inputs.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

const source = join(fixturesDirectory("tracer"), "repeats.py");
const text = readFileSync(source, "utf8");
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

const transformers = transformersDirectory();

/** Sources with different ends are loaded each for itself: what a class counts is not what the one before it counted. */
async function traceOf(name: string, repeats: boolean, end = String(repeats)): Promise<Trace> {
  const result = await tracer.trace({
    source,
    class: name,
    config: null,
    overlay: { [source]: `${text}\n# ${name} ${end}\n` },
    transformers: null,
    checkpointNames: null,
    inputs: [
      {
        name: "x",
        dtype: "float32",
        shape: [{ symbol: "batch_size", hint: 2 }, { symbol: "sequence", hint: 7 }, 6],
      },
    ],
    repeats,
  });
  assert.ok(result.ok, `${name}: ${JSON.stringify(result)}`);
  return result.trace;
}

/** Which layers are not run. */
const LAYERS: Readonly<Record<string, readonly number[]>> = {
  Stack: [2, 3, 4, 5],
  InASequence: [2, 3, 4, 5],
  WithKinds: [4, 5],
  Numbered: [],
  NumberedByName: [],
  NumberedByDictionary: [],
  Counting: [],
  CountingGlobally: [],
  CountingInTheClass: [],
  CountingByCount: [],
  CountingInACounter: [],
  CountingByAFunction: [],
  CountingByAGenerator: [],
  CountingInAClosure: [],
  CallingADictionary: [],
  KnownByItself: [],
  KnownByItsPart: [],
  KnownByItsWeight: [],
  KnownByIdentity: [],
  KnownByEquality: [],
  CountingByALoop: [],
  CountingByAGeneratorOfItsOwn: [],
  CountingByTheClass: [],
  CountingByAnArgument: [],
  CountingByOneOfTwoReaders: [],
  CallingWithoutAName: [],
  PrecisionChangedBetween: [2, 3, 5],
  InPlace: [],
  InPlaceOfItsOwn: [2, 3, 4, 5],
  HandingOn: [3, 4, 5],
  PutBackInOrder: [3, 4, 5],
  InPlaceBetween: [],
  WithinAList: [],
  Remembering: [],
  ChangedBetween: [],
  ReadOfATensor: [],
  Caching: [2, 3, 4, 5],
  CachingByName: [2, 3, 4, 5],
  CachingThenChanging: [],
  CachingAndAsking: [],
  CachingAndReading: [],
  CachingByNumber: [],
  CachingMoodily: [],
};

for (const [name, layers] of Object.entries(LAYERS)) {
  test(`${name}: a trace is the same whether or not layers that are the same are run`, async () => {
    const { files, repeated = [], ...trace } = await traceOf(name, true);
    const { files: _, repeated: none, ...whole } = await traceOf(name, false);
    assert.equal(none, undefined);
    assert.deepEqual(trace, whole);
    assert.deepEqual(
      repeated,
      layers.map(layer => `layers.${layer}`),
    );
    // Nor does what the process has learnt of the code by then make a difference.
    for (let again = 0; again < 2; again++)
      assert.deepEqual((await traceOf(name, true, "false")).repeated ?? [], repeated);
  });
}

test("layers that go by chance are run, every one", async () => {
  assert.equal((await traceOf("ByChance", true)).repeated, undefined);
});

/** Models of transformers with six layers; so many are not run. */
const MODELS: Readonly<Record<string, number>> = {
  helium: 4,
  mixtral: 3,
  phimoe: 3,
  rembert: 4,
  siglip: 4,
  starcoder2: 4,
};

for (const [name, count] of Object.entries(MODELS)) {
  test(`${name} of transformers: the same trace, with a cache and without`, async () => {
    const folder = join(fixturesDirectory("forward"), name);
    const { file, class: className } = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"));
    const config = JSON.parse(
      readFileSync(join(folder, "config.json"), "utf8").replaceAll(
        /"num_hidden_layers": \d+/g,
        '"num_hidden_layers": 6',
      ),
    );
    const { output: _, ...inputs } = Object.fromEntries(
      await readSafetensors(join(folder, "io.safetensors")),
    );
    for (const cache of [false, true]) {
      const traces: Trace[] = [];
      for (const repeats of [true, false]) {
        const result = await tracer.trace({
          source: join(transformers, "transformers", file),
          class: className,
          config,
          transformers,
          checkpointNames: null,
          inputs: specsOf(inputs),
          cache,
          repeats,
        });
        assert.ok(result.ok, JSON.stringify(result));
        traces.push(result.trace);
      }
      const [{ repeated = [], ...trace }, whole] = traces as [Trace, Trace];
      assert.deepEqual(trace, whole);
      assert.equal(repeated.length, count);
    }
  });
}
