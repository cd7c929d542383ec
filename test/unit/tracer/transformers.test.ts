import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { moduleTree } from "../../../src/runtime/cli/modules.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { formatSize, sizeHint } from "../../../src/shared/size.ts";
import type { InputSpec, Trace, TraceRequest } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

const transformers = transformersDirectory();
const source = join(transformers, "transformers/models/llama/modeling_llama.py");
const lines = readFileSync(source, "utf8").split("\n");
const config = JSON.parse(readFileSync(join(fixturesDirectory("tracer"), "llama-config.json"), "utf8"));
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

const batch = { symbol: "batch_size", hint: 3 };
const sequence = { symbol: "sequence", hint: 7 };
const past = { symbol: "past", hint: 5 };
const request: TraceRequest = {
  source,
  class: "LlamaForCausalLM",
  config,
  transformers,
  inputs: [{ name: "input_ids", dtype: "int64", shape: [batch, sequence] }],
  checkpointNames: null,
};

async function trace(changes: Partial<TraceRequest> = {}): Promise<Trace> {
  const result = await tracer.trace({ ...request, ...changes });
  assert.ok(result.ok, JSON.stringify(result));
  return result.trace;
}

/** Number of the first line that holds a text, from 1. */
function lineOf(text: string): number {
  const index = lines.findIndex(line => line.includes(text));
  assert.ok(index >= 0, text);
  return index + 1;
}

test("the unmodified llama file traces, whatever the batch and the length", async () => {
  const traced = await trace();
  const [logits] = traced.outputs;
  assert.equal(logits?.name, "logits");
  assert.deepEqual(traced.values[logits.value]?.shape.map(formatSize), ["batch_size", "sequence", "50"]);
  assert.deepEqual(
    traced.guards.filter(guard => guard.kind === "size"),
    [],
    "nothing rests on the sizes that it was traced with",
  );
  assert.deepEqual(traced.problems, []);
});

test("attention scores have their name, their line and their module", async () => {
  const traced = await trace();
  const scores = traced.named.find(value => value.id === "model.layers.1.self_attn:attn_weights#0");
  assert.ok(scores);
  const place = traced.places[scores.place ?? -1];
  assert.equal(
    place?.line,
    lineOf("attn_weights = torch.matmul(query, key_states.transpose(2, 3)) * scaling"),
  );
  assert.equal(place.function, "eager_attention_forward");
  assert.equal(traced.files[place.file]?.path, source);
  assert.deepEqual(traced.values[scores.value]?.shape.map(sizeHint), [3, 4, 7, 7]);
  assert.equal(traced.modules[scores.module]?.class, "LlamaAttention");
});

test("a decoding step takes the cache apart and gives it back grown", async () => {
  const inputs: InputSpec[] = [
    ...request.inputs,
    { name: "past.input_ids", dtype: "int64", shape: [batch, past] },
  ];
  const traced = await trace({ inputs, cache: true });
  const key = traced.values.find(({ leaf }) => leaf?.name === "past_key_values.1.key");
  assert.deepEqual(key?.shape.map(sizeHint), [3, 2, 5, 8]);
  const present = traced.outputs.find(output => output.name === "present.1.key");
  assert.ok(present);
  assert.deepEqual(traced.values[present.value]?.shape.map(sizeHint), [3, 2, 12, 8]);
  assert.match(formatSize(traced.values[present.value]?.shape[2] ?? 0), /past/);
  assert.deepEqual(traced.symbols.map(symbol => symbol.name).sort(), ["batch_size", "past", "sequence"]);
  // What led to the step is no part of it.
  assert.ok(!traced.values.some(({ leaf }) => leaf?.name === "past.input_ids"));
});

test("the module tree names the statement that creates each part", async () => {
  const tree = moduleTree(await trace({ inputs: [] }));
  const query = tree.parameters["model.layers.1.self_attn.q_proj.weight"];
  assert.deepEqual(query?.shape, [32, 32]);
  assert.equal(query.file, source);
  assert.equal(query.line, lineOf("self.q_proj = nn.Linear("));
  assert.equal(query.endLine, lineOf("self.q_proj = nn.Linear(") + 2);
  assert.equal(tree.modules["model.layers.0.mlp.act_fn"]?.line, lineOf("self.act_fn = ACT2FN"));
  assert.ok(!("lm_head.weight" in tree.parameters), "tied to the embedding, which has its own name");
  assert.deepEqual(tree.problems, []);
});

test("one decoder layer's attention is a model of its own", async () => {
  const traced = await trace({
    class: "LlamaMLP",
    inputs: [{ name: "x", dtype: "float32", shape: [batch, sequence, 32] }],
  });
  assert.equal(traced.modules.length, 5);
  assert.deepEqual(
    traced.outputs.map(output => output.name),
    ["0"],
  );
});

test("an unsaved edit of a library file is what runs", async () => {
  const text = lines.join("\n").replace("* self.up_proj(x)", "+ self.up_proj(x)");
  const before = await trace();
  const edited = await trace({ overlay: { [source]: text } });
  const count = (traced: Trace, primitive: string) =>
    traced.operations.filter(operation => operation.primitive === primitive).length;
  assert.equal(count(edited, "mul"), count(before, "mul") - 2);
  assert.equal(count(edited, "add"), count(before, "add") + 2);
  assert.deepEqual(
    edited.named.map(value => value.id),
    before.named.map(value => value.id),
  );
});

test("a reader's copy outside the library imports what it needs from it", async () => {
  const copy = join(fixturesDirectory("tracer"), "my_llama.py");
  const text = lines
    .join("\n")
    .replaceAll(/^from \.\.\.(\w+)/gm, "from transformers.$1")
    .replace(/^from \.configuration_llama/m, "from transformers.models.llama.configuration_llama");
  const traced = await trace({ source: copy, overlay: { [copy]: text } });
  assert.ok(traced.files.some(file => file.path === copy));
  assert.ok(!traced.files.some(file => file.path === source));
  const { named } = await trace();
  assert.deepEqual(
    traced.named.map(value => value.id),
    named.map(value => value.id),
  );
});

test("a source that looks into a cache sees what a layer with a window holds", async () => {
  const source = join(fixturesDirectory("tracer"), "unsaved.py");
  const text = (result: string) => `
from torch import nn
from transformers.cache_utils import DynamicSlidingWindowLayer


class Case(nn.Module):
    def forward(self, x):
        layer = DynamicSlidingWindowLayer(sliding_window=4)
        joined, _ = layer.update(x, x)
        return ${result}
`;
  const shapeOf = async (result: string) => {
    const inputs: InputSpec[] = [{ name: "x", dtype: "float32", shape: [1, 1, sequence, 2] }];
    const traced = await trace({
      source,
      class: "Case",
      config: null,
      overlay: { [source]: text(result) },
      inputs,
    });
    return [
      traced.values[traced.outputs[0]!.value]!.shape.map(formatSize).join(),
      traced.guards.length,
    ] as const;
  };
  assert.deepEqual(await shapeOf("joined"), ["1,1,sequence,2", 0]);
  const [held, guards] = await shapeOf("layer.keys");
  assert.equal(held, "1,1,3,2");
  assert.ok(guards > 0, "it holds where there are as many");
});

test("a process that starts from a snapshot traces the same", async () => {
  const tiny: TraceRequest = {
    ...request,
    source: join(fixturesDirectory("tracer"), "tiny.py"),
    class: "TinyModel",
    config: { width: 16 },
    transformers: null,
  };
  const cacheDirectory = mkdtempSync(join(tmpdir(), "papertrace-snapshot-"));
  try {
    const traces: Trace[] = [];
    for (let start = 0; start < 2; start++) {
      const other = new TracerProcess({ cacheDirectory });
      const result = await other.trace(tiny).finally(() => other.dispose());
      assert.ok(result.ok);
      traces.push(result.trace);
      assert.equal(readdirSync(join(cacheDirectory, "snapshots")).length, 1);
    }
    assert.deepEqual(traces[1], traces[0]);
    const [name = ""] = readdirSync(join(cacheDirectory, "snapshots"));
    writeFileSync(join(cacheDirectory, "snapshots", name), "not a snapshot");
    const other = new TracerProcess({ cacheDirectory });
    const result = await other.trace(tiny).finally(() => other.dispose());
    assert.ok(result.ok, "a broken snapshot is made again");
  } finally {
    rmSync(cacheDirectory, { recursive: true });
  }
});
