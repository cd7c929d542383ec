import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { sizeHint } from "../../../src/shared/size.ts";
import type { Trace, TraceFailure, TraceRequest } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

const folder = fixturesDirectory("tracer");
const source = join(folder, "tiny.py");
const text = readFileSync(source, "utf8");
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
after(() => tracer.dispose());

const request: TraceRequest = {
  source,
  class: "TinyModel",
  config: { model_type: "tiny", vocab_size: 32, width: 16, heads: 2, layers: 2 },
  transformers: null,
  inputs: [
    {
      name: "input_ids",
      dtype: "int64",
      shape: [
        { symbol: "batch_size", hint: 3 },
        { symbol: "sequence", hint: 7 },
      ],
    },
  ],
  checkpointNames: null,
};

async function trace(changes: Partial<TraceRequest> = {}): Promise<Trace> {
  const result = await tracer.trace({ ...request, ...changes });
  assert.ok(result.ok, JSON.stringify(result));
  return result.trace;
}

async function failure(overlay: string, changes: Partial<TraceRequest> = {}): Promise<TraceFailure> {
  const result = await tracer.trace({ ...request, ...changes, overlay: { [source]: overlay } });
  assert.ok(!result.ok);
  return result.failure;
}

/** The text of the source that a place spans. */
function written(trace: Trace, index: number | null | undefined): string {
  const place = trace.places[index ?? -1];
  assert.ok(place);
  const lines = readFileSync(trace.files[place.file]?.path ?? "", "utf8").split("\n");
  const span = lines.slice(place.line - 1, place.endLine);
  span[span.length - 1] = span.at(-1)?.slice(0, place.endColumn) ?? "";
  span[0] = span[0]?.slice(place.column) ?? "";
  return span.join("\n");
}

test("every assigned value has its name, its statement and its symbolic shape", async () => {
  const traced = await trace();
  const named = new Map(traced.named.map(value => [value.id, value]));
  const weights = named.get("blocks.1.attention:weights#0");
  assert.ok(weights);
  assert.equal(weights.variable, "weights");
  assert.equal(traced.modules[weights.module]?.path, "blocks.1.attention");
  assert.equal(written(traced, weights.place), "weights = F.softmax(scores, dim=-1) * self.scale");
  const shape = traced.values[weights.value]?.shape;
  assert.deepEqual(shape?.map(sizeHint), [3, 2, 7, 7]);
  assert.deepEqual(shape?.[2], { poly: [[1, [{ kind: "symbol", name: "sequence" }]]], hint: 7 });
  assert.equal(written(traced, named.get("blocks.0.attention:scores#0")?.place).split(" ")[0], "scores");
  assert.notEqual(
    named.get("blocks.0.attention:scores#1")?.value,
    named.get("blocks.0.attention:scores#0")?.value,
  );
  for (const variable of ["key", "value"]) assert.ok(named.has(`blocks.0.attention:${variable}#0`));
});

test("a helper that is called several times is told apart by its call stack", async () => {
  const traced = await trace();
  const calls = traced.named.filter(value => value.id.startsWith("blocks.0.attention:separate#"));
  assert.equal(calls.length, 3);
  assert.deepEqual(
    calls.map(value => written(traced, value.stack.at(-1))),
    [
      "split_heads(self.query(x), self.heads)",
      "split_heads(self.key(x), self.heads)",
      "split_heads(self.value(x), self.heads)",
    ],
  );
});

test("a module's output is named by its path, the model's outputs by their keys", async () => {
  const traced = await trace();
  const output = traced.named.find(value => value.id === "blocks.0.attention");
  assert.ok(output && output.variable === null);
  assert.deepEqual(
    traced.outputs.map(item => item.name),
    ["logits", "hidden"],
  );
  const logits = traced.values[traced.outputs[0]?.value ?? -1];
  assert.deepEqual(logits?.shape.map(sizeHint), [3, 7, 32]);
});

test("parameters have shape and statement; a tied one is listed once", async () => {
  const traced = await trace();
  const parameters = new Map(traced.parameters.map(parameter => [parameter.name, parameter]));
  assert.deepEqual(parameters.get("embedding.weight")?.aliases, ["head.weight"]);
  assert.ok(!parameters.has("head.weight"));
  const key = parameters.get("blocks.0.attention.key.weight");
  assert.deepEqual(key?.shape, [16, 16]);
  assert.match(written(traced, key?.place), /^self\.key = nn\.Linear\(.*\)$/s);
  const norm = parameters.get("blocks.0.norm.weight");
  assert.equal(written(traced, norm?.place), "self.weight = nn.Parameter(torch.ones(width))");
  assert.ok(traced.files.some(file => file.path.endsWith("tiny_layers.py")));
});

test("calls carry the exact span of the expression", async () => {
  const traced = await trace();
  const spans = traced.calls.flatMap(call => call.places.slice(0, 1).map(place => written(traced, place)));
  assert.ok(spans.includes("torch.matmul(query, key.transpose(2, 3)) / math.sqrt(key.shape[-1])"));
  assert.ok(spans.includes("torch.rsqrt(variance + self.epsilon)"));
});

test("ids stay the same under an edit elsewhere, and unsaved text wins over the disk", async () => {
  const before = await trace();
  const edited = text
    .replace("class Attention", "# A remark.\n\n\nclass Attention")
    .replace("mixed = ", "doubled = weights * 2\n        mixed = ");
  const after = await trace({ overlay: { [source]: edited } });
  const ids = new Set(after.named.map(value => value.id));
  assert.deepEqual(
    before.named.map(value => value.id).filter(id => !ids.has(id)),
    [],
  );
  assert.ok(ids.has("blocks.1.attention:doubled#0"));
  const hash = (traced: Trace) => traced.files.find(file => file.path.endsWith("tiny.py"))?.sha256;
  assert.notEqual(hash(after), hash(before));
  assert.deepEqual(await trace(), before);
});

test("an edited neighbour is imported anew", async () => {
  const neighbour = join(folder, "tiny_layers.py");
  const changed = readFileSync(neighbour, "utf8")
    .replace("normed = ", "scaled = ")
    .replace("normed *", "scaled *");
  const traced = await trace({ overlay: { [neighbour]: changed } });
  assert.ok(traced.named.some(value => value.id === "blocks.0.norm:scaled#0"));
  assert.ok((await trace()).named.some(value => value.id === "blocks.0.norm:normed#0"));
});

test("a part of the model can be traced by itself, from a configuration or from arguments", async () => {
  const inputs = [{ name: "x", dtype: "float32", shape: [1, { symbol: "sequence", hint: 5 }, 16] }] as const;
  const part = await trace({ class: "Attention", inputs });
  assert.deepEqual(
    part.outputs.map(item => item.name),
    ["0"],
  );
  const norm = await trace({
    source: join(folder, "tiny_layers.py"),
    class: "RMSNorm",
    config: null,
    arguments: { width: 16 },
    inputs,
  });
  assert.deepEqual(
    norm.parameters.map(parameter => parameter.name),
    ["weight"],
  );
});

test("without inputs the module tree is built and nothing runs", async () => {
  const traced = await trace({ inputs: [] });
  assert.equal(traced.operations.length, 0);
  assert.ok(
    traced.modules.some(module => module.path === "blocks.1.attention.query" && module.class === "Linear"),
  );
});

test("only what the checkpoint holds becomes a leaf where its names are given", async () => {
  const names = ["embedding.weight", "blocks.0.attention.query.weight"];
  const traced = await trace({ checkpointNames: names });
  const leaves = traced.values.flatMap(value => (value.leaf?.kind === "parameter" ? [value.leaf.name] : []));
  assert.ok(leaves.includes("embedding.weight") && leaves.includes("blocks.0.attention.query.weight"));
  assert.ok(
    !leaves.includes("blocks.0.attention.scale"),
    "made by torch.ones, which the checkpoint does not replace",
  );
});

test("a syntax error names file, line and reason", async () => {
  const result = await failure(text.replace("class Block(nn.Module):", "class Block(nn.Module:"));
  assert.equal(result.kind, "syntax");
  assert.equal(result.file?.endsWith("tiny.py"), true);
  assert.equal(result.line, text.split("\n").findIndex(line => line.startsWith("class Block")) + 1);
  assert.ok(result.arguments.some(argument => argument.length > 3));
});

test("an operation without a meaning is refused where it is called, with its name", async () => {
  const result = await failure(text.replace("F.softmax(scores, dim=-1)", "torch.no_such_operation(scores)"));
  assert.equal(result.kind, "unsupported");
  assert.match(`${result.operation} ${result.arguments.join(" ")}`, /no_such_operation/);
  assert.equal(result.line, text.split("\n").findIndex(line => line.includes("F.softmax(scores")) + 1);
});

test("a third-party package may be imported but not used in forward", async () => {
  const fancy = text.replace("import math", "import math\nimport fancy_kernels");
  assert.ok((await tracer.trace({ ...request, overlay: { [source]: fancy } })).ok);
  const result = await failure(fancy.replace("F.softmax(scores, dim=-1)", "fancy_kernels.softmax(scores)"));
  assert.equal(result.kind, "unsupported");
  assert.match(result.arguments.join(" "), /fancy_kernels\.softmax/);
});

test("an import that the source expects to fail does fail", async () => {
  const optional = "try:\n    import fast_attention\nexcept ImportError:\n    fast_attention = None\n";
  const using = text
    .replace("import math", `import math\n${optional}`)
    .replace("self.heads = config.heads", "self.heads = config.heads if fast_attention is None else 0");
  const traced = await tracer.trace({ ...request, overlay: { [source]: using } });
  assert.ok(traced.ok);
});

test("an error of the source's own names the line where it happened", async () => {
  const result = await failure(text.replace("x + self.attention(", "x + self.atention("));
  assert.equal(result.kind, "python");
  assert.match(result.arguments.join(" "), /atention/);
  assert.equal(result.line, text.split("\n").findIndex(line => line.includes("x + self.attention(")) + 1);
  assert.ok((await tracer.trace(request)).ok, "the next trace is not affected");
});

test("a class that is not there is answered with those that are", async () => {
  const result = await failure(text, { class: "Tiny" });
  assert.equal(result.kind, "missing");
  assert.match(result.arguments.join(" "), /Attention, Block, TinyModel/);
});

test("an argument that forward does not take is named", async () => {
  const [input] = request.inputs;
  assert.ok(input);
  const result = await failure(text, { inputs: [{ ...input, name: "tokens" }] });
  assert.equal(result.kind, "missing");
  assert.deepEqual(result.arguments.slice(1), ["tokens", "input_ids"]);
});

test("a source that imports transformers says so where none was given", async () => {
  const result = await failure(`from transformers import PreTrainedModel\n${text}`);
  assert.equal(result.kind, "missing");
  assert.equal(result.line, 1);
  assert.match(result.arguments.join(" "), /transformers/);
});

test("names in a set come in the same order whenever they are traced", async () => {
  const text = `
from torch import nn

class Named(nn.Module):
    def __init__(self):
        super().__init__()
        for name in {"full", "sliding", "chunked", "linear", "global", "local", "strided"}:
            self.add_module(name, nn.Identity())

    def forward(self, input_ids):
        return input_ids + 1
`;
  const { modules } = await trace({ overlay: { [source]: text }, class: "Named", config: null });
  const names = modules.map(({ path }) => path).filter(path => path !== "");
  assert.equal(names.join(" "), "chunked full global linear local sliding strided");
});
