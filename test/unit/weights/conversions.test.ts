import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32, gunzipSync } from "node:zlib";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { fitWeights } from "../../../src/runtime/models/fitted-weights.ts";
import { sizeOf } from "../../../src/runtime/primitives/numbers.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { CheckpointReader } from "../../../src/runtime/weights/checkpoint-source.ts";
import { openCheckpointWeights, openWeights } from "../../../src/runtime/weights/checkpoint-weights.ts";
import { writeSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import type { TensorExpression, Trace, TracedCheckpoint } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";
import { temporaryFolder } from "../../support/weights.ts";

/** Made by scripts/fixtures/conversions.py, which says what is in it. */
interface Case {
  readonly file: string;
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly checkpoint: Readonly<Record<string, readonly number[]>>;
  readonly parameters: Readonly<Record<string, string>>;
}

const fixture = readFileSync(join(fixturesDirectory("conversions"), "cases.json.gz"));
const cases: readonly Case[] = JSON.parse(gunzipSync(fixture).toString("utf8"));
const transformers = transformersDirectory();
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

/** Tells every element of every tensor apart, or nearly: as the fixture's script has it. */
function ramp(name: string, shape: readonly number[]): Uint8Array {
  const start = crc32(name) % 2 ** 22;
  const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => start + (i % 2 ** 23));
  return new Uint8Array(values.buffer);
}

/** The module tree of a case, with how the checkpoint fits it; an earlier fit may be at hand. */
async function traced(
  { file, class: name, config, checkpoint }: Case,
  fitted?: TracedCheckpoint,
): Promise<Trace> {
  const result = await tracer.trace({
    source: join(transformers, "transformers", file),
    class: name,
    config,
    transformers,
    inputs: [],
    checkpointNames: Object.keys(checkpoint),
    checkpointShapes: checkpoint,
    fitted,
  });
  assert.ok(result.ok, JSON.stringify(result));
  return result.trace;
}

async function writeCheckpoint(checkpoint: Case["checkpoint"]): Promise<string> {
  const folder = temporaryFolder();
  const entries = Object.entries(checkpoint);
  await writeSafetensors(
    join(folder, "model.safetensors"),
    entries.map(([name, shape]) => ({ name, shape, dtype: "float32" })),
    i => ramp(...entries[i]!),
  );
  return folder;
}

for (const each of cases) {
  test(`${each.class} takes a checkpoint under its older names as from_pretrained does`, async () => {
    const trace = await traced(each);
    const { missing, mismatched, failed, unused } = trace.checkpoint!;
    assert.deepEqual(
      { missing, mismatched, failed, unused },
      { missing: [], mismatched: [], failed: [], unused: [] },
    );
    const folder = await writeCheckpoint(each.checkpoint);
    const place = await fitWeights(
      folder,
      await openCheckpointWeights(folder),
      trace.checkpoint!,
      cacheAt(temporaryFolder()),
    );
    const fitted = await openWeights(place);
    const names = new Map(
      trace.parameters.flatMap(({ name, aliases }) =>
        [name, ...aliases].map(any => [any, [name, ...aliases]]),
      ),
    );
    const reader = new CheckpointReader(fitted.folder);
    const digests: Record<string, string> = {};
    for (const name of Object.keys(each.parameters)) {
      const stored = (names.get(name) ?? [name]).map(fitted.find).find(found => found !== undefined);
      assert.ok(stored?.kind === "plain", name);
      const bytes = await reader.stored(stored).read(0, sizeOf(stored.shape));
      digests[name] = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
    }
    await reader.close();
    assert.deepEqual(digests, each.parameters);
  });
}

test("every operation of the library's rules occurs in these checkpoints", () => {
  const rules = readFileSync(join(transformers, "transformers", "conversion_mapping.py"), "utf8");
  const imported = /from \.core_model_loading import \(([^)]*)\)/.exec(rules)?.[1]?.match(/\w+/g) ?? [];
  const operations = new Set([...rules.matchAll(/\b(\w+)\([^()]*\)[,\]]/g)].map(([, name]) => name!));
  const used = imported.filter(
    name => operations.has(name) && !/^Weight|^PrefixChange|^GroupWeightRename/.test(name),
  );
  assert.deepEqual(used.sort(), [
    "Chunk",
    "Concatenate",
    "ErnieFuseAndSplitTextVisionExperts",
    "Interleave",
    "MergeModulelist",
    "PermuteForRope",
    "Transpose",
  ]);
});

test("what a checkpoint lacks, holds beside, or has in another shape is named", async () => {
  const each = cases.find(({ class: name }) => name === "MixtralForCausalLM")!;
  const checkpoint: Record<string, readonly number[]> = { ...each.checkpoint, "extra.weight": [3] };
  const gate = Object.keys(checkpoint).find(name => name.endsWith("experts.1.w1.weight"))!;
  const norm = "model.norm.weight";
  checkpoint[norm] = [5];
  checkpoint[gate] = [1, 1];
  delete checkpoint["model.embed_tokens.weight"];
  const fit = (await traced({ ...each, checkpoint })).checkpoint!;
  assert.deepEqual(fit.missing, ["model.embed_tokens.weight"]);
  assert.deepEqual(fit.unused, ["extra.weight"]);
  assert.deepEqual(fit.mismatched, [{ name: norm, found: [5], expected: [16] }]);
  assert.equal(fit.failed.length, 1);
  assert.match(fit.failed[0]!.name, /experts\.gate_up_proj$/);
  assert.match(fit.failed[0]!.reason, /size|shape/i);
});

test("a fit is taken over for the same tree, checkpoint and rules, and made anew for others", async () => {
  const [one] = cases as readonly [Case];
  const fitted = (await traced(one)).checkpoint!;
  // What is handed in comes back as it is: nothing is fitted again.
  const marked = { ...fitted, unused: ["marked"] };
  assert.deepEqual((await traced(one, marked)).checkpoint, marked);
  const [name, shape] = Object.entries(one.checkpoint)[0]!;
  const others = [
    { ...one, checkpoint: { ...one.checkpoint, [name]: [...shape, 1] } },
    { ...one, checkpoint: { ...one.checkpoint, "further.weight": [1] } },
  ];
  for (const other of others) {
    const made = (await traced(other, marked)).checkpoint!;
    assert.notEqual(made.identity, fitted.identity);
    assert.ok(!made.unused.includes("marked"));
  }
});

const SOURCE = `
from torch import nn

class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.LayerNorm = nn.LayerNorm(2)
        self.conv = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2, bias=False))

class Model(nn.Module):
    _checkpoint_conversion_mapping = {"^visual": "body"}
    def __init__(self):
        super().__init__()
        self.body = Part()
        self.head = nn.Linear(2, 2, bias=False)
`;

test("a source without the library's rules takes the spellings that every loader allows", async () => {
  const path = join(temporaryFolder(), "model.py");
  writeFileSync(path, SOURCE);
  const originals = [
    "conv.parametrizations.weight.original0",
    "conv.parametrizations.weight.original1",
  ] as const;
  const fit = async (checkpoint: Readonly<Record<string, readonly number[]>>) => {
    const result = await tracer.trace({
      source: path,
      class: "Model",
      config: null,
      transformers: null,
      inputs: [],
      checkpointNames: Object.keys(checkpoint),
      checkpointShapes: checkpoint,
    });
    assert.ok(result.ok, JSON.stringify(result));
    return result.trace.checkpoint!;
  };
  const old = await fit({
    "LayerNorm.gamma": [2],
    "LayerNorm.beta": [2],
    "conv.weight_g": [2, 1],
    "conv.weight_v": [2, 2],
    "head.weight": [2, 2],
    "gone.weight": [1],
  });
  assert.deepEqual(old.tensors, {
    "body.LayerNorm.weight": "LayerNorm.gamma",
    "body.LayerNorm.bias": "LayerNorm.beta",
    [`body.${originals[0]}`]: "conv.weight_g",
    [`body.${originals[1]}`]: "conv.weight_v",
    "head.weight": "head.weight",
  });
  assert.deepEqual([old.unused, old.missing], [["gone.weight"], []]);
  const prefixed = await fit({ "model.body.LayerNorm.weight": [2], "visual.LayerNorm.bias": [2] });
  assert.deepEqual(prefixed.tensors, {
    "body.LayerNorm.weight": "model.body.LayerNorm.weight",
    "body.LayerNorm.bias": "visual.LayerNorm.bias",
  });
  assert.deepEqual(prefixed.missing, [...originals.map(name => `body.${name}`), "head.weight"]);
});

test("what lies in the checkpoint as it is is not copied", async () => {
  const each = cases.find(({ class: name }) => name === "RadioModel")!;
  const { tensors } = (await traced(each)).checkpoint!;
  const split = Object.values(tensors).filter(
    (tensor): tensor is Exclude<TensorExpression, string> => typeof tensor !== "string",
  );
  assert.ok(split.length > 0);
  const folder = await writeCheckpoint(each.checkpoint);
  const weights = await openCheckpointWeights(folder);
  const fitted = await fitWeights(
    folder,
    weights,
    (await traced(each)).checkpoint!,
    cacheAt(temporaryFolder()),
  );
  assert.deepEqual(
    (await openWeights(fitted)).files,
    weights.files,
    "parts of fused projections are pointed at",
  );
});
