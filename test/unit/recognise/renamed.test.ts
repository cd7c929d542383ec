import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { recognisable } from "../../../scripts/bench/recognition-labels.ts";
import { modulesOf } from "../../../src/runtime/recognise/modules.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import type { InputSpec, Trace } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";
import { type Renamed, renameIdentifiers } from "./renamed-source.ts";

const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

const BATCH = { symbol: "batch_size", hint: 3 };
const SEQUENCE = { symbol: "sequence", hint: 7 };
const tokens = (name = "tokens"): InputSpec => ({ name, dtype: "int64", shape: [BATCH, SEQUENCE] });
const real = (name: string, ...shape: InputSpec["shape"]): InputSpec => ({ name, dtype: "float32", shape });
const hidden = real("hidden", BATCH, SEQUENCE, 16);

/** A module for every component that structure shows: its class in components.py, its inputs, where the component is. */
const MODULES: readonly {
  readonly component: string;
  readonly class: string;
  readonly inputs: readonly InputSpec[];
  readonly paths: readonly string[];
}[] = [
  { component: "token-embedding", class: "TokenTable", inputs: [tokens()], paths: ["table"] },
  { component: "positional-encoding", class: "LearnedPlaces", inputs: [tokens()], paths: ["places"] },
  { component: "positional-encoding", class: "Sinusoids", inputs: [hidden], paths: [""] },
  { component: "rotary-embedding", class: "TurningAttention", inputs: [hidden], paths: [""] },
  { component: "relative-position", class: "DistanceAttention", inputs: [hidden], paths: ["", "distances"] },
  {
    component: "patch-embedding",
    class: "Patches",
    inputs: [real("picture", BATCH, 3, 16, 16)],
    paths: ["cut"],
  },
  {
    component: "transformer-block",
    class: "Layers",
    inputs: [hidden],
    paths: ["stack.0", "stack.1"],
  },
  {
    component: "residual-connection",
    class: "Layers",
    inputs: [hidden],
    paths: ["stack.0", "stack.1"],
  },
  { component: "layer-norm", class: "Layer", inputs: [hidden], paths: ["first", "second"] },
  { component: "rms-norm", class: "RootNorm", inputs: [hidden], paths: [""] },
  { component: "self-attention", class: "Layer", inputs: [hidden], paths: ["mixing"] },
  { component: "multi-head-attention", class: "Layer", inputs: [hidden], paths: ["mixing"] },
  { component: "qkv-projection", class: "Layer", inputs: [hidden], paths: ["mixing"] },
  { component: "softmax", class: "Layer", inputs: [hidden], paths: ["mixing"] },
  { component: "attention-mask", class: "CausalAttention", inputs: [hidden], paths: [""] },
  {
    component: "cross-attention",
    class: "CrossAttention",
    inputs: [hidden, real("memory", BATCH, { symbol: "memory", hint: 5 }, 16)],
    paths: [""],
  },
  { component: "grouped-query-attention", class: "SharedAttention", inputs: [hidden], paths: [""] },
  { component: "sliding-window-attention", class: "WindowAttention", inputs: [hidden], paths: [""] },
  {
    component: "kv-cache",
    class: "KeepingAttention",
    inputs: [
      hidden,
      real("earlier_keys", BATCH, 4, { symbol: "past", hint: 4 }, 4),
      real("earlier_values", BATCH, 4, { symbol: "past", hint: 4 }, 4),
    ],
    paths: [""],
  },
  { component: "feed-forward", class: "Layer", inputs: [hidden], paths: ["network"] },
  { component: "activation-function", class: "Layer", inputs: [hidden], paths: ["network.curve"] },
  { component: "activation-function", class: "Bending", inputs: [hidden], paths: ["momentary"] },
  { component: "gated-linear-unit", class: "GatedNetwork", inputs: [hidden], paths: [""] },
  { component: "mixture-of-experts", class: "Specialists", inputs: [hidden], paths: [""] },
  { component: "router", class: "Specialists", inputs: [hidden], paths: ["chooser"] },
  { component: "lm-head", class: "Speaker", inputs: [tokens()], paths: ["voice"] },
  { component: "pooling", class: "Summary", inputs: [hidden], paths: [""] },
];

const sources = join(fixturesDirectory("recognition"), "models");

function renamedFile(file: string): Renamed {
  return renameIdentifiers(readFileSync(join(sources, file), "utf8"));
}

/** A trace of a class, from the file or from the file with all its names changed. */
async function traceOf(file: string, name: string, inputs: readonly InputSpec[], renamed?: Renamed) {
  const source = join(sources, file);
  const called = (each: string) => renamed?.names.get(each) ?? each;
  const result = await tracer.trace({
    source,
    class: called(name),
    config: null,
    transformers: null,
    ...(renamed && { overlay: { [source]: renamed.text } }),
    inputs: inputs.map(input => ({ ...input, name: called(input.name) })),
    checkpointNames: null,
  });
  assert.ok(result.ok, result.ok ? "" : `${result.failure.message} ${result.failure.arguments.join(", ")}`);
  return result.trace;
}

/** Every component's modules, under the names that they have after the change. */
function recognised(trace: Trace, renamed?: Renamed): Record<string, readonly string[]> {
  const rename = (path: string) =>
    path
      .split(".")
      .map(part => renamed?.names.get(part) ?? part)
      .join(".");
  return Object.fromEntries(recognisable.map(each => [each, modulesOf(trace, each).map(rename)]));
}

test("there is a module for every component that structure shows", () => {
  const covered = new Set(MODULES.map(each => each.component));
  assert.deepEqual(
    recognisable.filter(each => !covered.has(each)),
    [],
  );
});

const components = renamedFile("components.py");

for (const { component, class: name, inputs, paths } of MODULES)
  test(`${component} is found in ${name}, and just the same when all its names are changed`, async () => {
    const trace = await traceOf("components.py", name, inputs);
    assert.deepEqual(modulesOf(trace, component), paths);
    const changed = await traceOf("components.py", name, inputs, components);
    assert.deepEqual(recognised(changed), recognised(trace, components));
  });

for (const [file, name, inputs] of [
  ["gpt.py", "GPT", [tokens("idx")]],
  ["translation.py", "EncoderDecoder", [tokens("src"), tokens("tgt")]],
] as const)
  test(`whole models are recognised just the same when all names of ${file} are changed`, async () => {
    const renamed = renamedFile(file);
    const trace = await traceOf(file, name, inputs);
    const changed = await traceOf(file, name, inputs, renamed);
    assert.deepEqual(recognised(changed), recognised(trace, renamed));
    assert.ok(modulesOf(trace, "transformer-block").length >= 2);
  });

test("no name of the source is left where it was", () => {
  const { text, names } = components;
  for (const name of names.keys()) {
    const left = new RegExp(`(?<![\\w.])${name}(?![\\w(=])`).exec(text.replaceAll(/"""[\s\S]*?"""/g, ""));
    assert.equal(left, null, `${name} is left`);
  }
});
