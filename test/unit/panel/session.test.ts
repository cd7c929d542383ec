import assert from "node:assert/strict";
import { test } from "node:test";
import { type LiveModel, type OpenRequest, SourceError } from "../../../src/runtime/live/types.ts";
import { PanelSession } from "../../../src/runtime/panel/session.ts";
import type { PanelTarget } from "../../../src/runtime/panel/target.ts";
import type { PanelState } from "../../../src/shared/panel-state.ts";
import type {
  AttentionDocument,
  AttentionRole,
  PanelDocument,
} from "../../../src/shared/protocol/component.ts";
import { attentionTrace } from "../../support/attention-trace.ts";
import { EvaluatedModel } from "../../support/evaluated-model.ts";
import { TraceBuilder } from "../../support/trace-builder.ts";

const FILE = "/model.py";
const PROMPT = "the animal did not cross the street";
const LENGTH = 7;

const STATE: PanelState = {
  version: 1,
  component: "self-attention",
  source: null,
  model: null,
  module: null,
  prompt: PROMPT,
  head: 0,
  cell: null,
  step: null,
  interventions: [],
};

function target(overlay?: Readonly<Record<string, string>>): PanelTarget {
  return {
    open: { source: FILE, class: "Model", checkpoint: "/checkpoint", transformers: null, overlay },
    model: { id: "tiny", label: "Tiny" },
    examplePrompt: "one two three",
  };
}

/** A session whose models come from a text that is a list of options. */
function panel() {
  const opened: EvaluatedModel[] = [];
  let failing: SourceError | null = null;
  const session = new PanelSession({
    async open(request: OpenRequest, signal: AbortSignal): Promise<LiveModel> {
      await new Promise(resolve => setImmediate(resolve));
      signal.throwIfAborted();
      if (failing) throw failing;
      const text = request.overlay?.[FILE] ?? "scaled";
      const trace = attentionTrace({
        heads: 4,
        keyValueHeads: 2,
        scale: text === "scaled" ? "scores" : "none",
        sha256: text,
      });
      const model = new EvaluatedModel(trace);
      opened.push(model);
      return model;
    },
    readText: async () => Array.from({ length: 60 }, (_, i) => `    line_${i + 1}()`).join("\n"),
  });
  return {
    session,
    opened,
    fail: (error: SourceError | null) => {
      failing = error;
    },
    show: (state: PanelState = STATE, overlay?: Readonly<Record<string, string>>) =>
      session.show(target(overlay), state, new AbortController().signal),
  };
}

function attention(document: PanelDocument): AttentionDocument {
  assert.equal(document.failure, null);
  assert.equal(document.view?.kind, "attention");
  return document.view as AttentionDocument;
}

function figure(document: PanelDocument, role: AttentionRole) {
  const found = attention(document).figures.find(each => each.role === role);
  assert.ok(found, `${role} is missing`);
  return found;
}

const data = (buffer: ArrayBuffer) => new Float32Array(buffer);

test("attention becomes figures with named sizes, real numbers and source lines", async () => {
  const { show } = panel();
  const document = await show();
  assert.equal(document.status, "live");
  assert.deepEqual(document.modules, [{ path: "layers.0.attn", label: "Layer 0" }]);
  assert.equal(document.state.module, "layers.0.attn");
  const view = attention(document);
  assert.deepEqual(
    view.figures.map(each => each.role),
    ["query", "key", "scores", "scaled", "masked", "weights", "value", "output"],
  );
  assert.equal(view.heads, 4);
  assert.equal(view.keyValueHeads, 2);
  assert.deepEqual(figure(document, "weights").shape, [
    { name: "heads", size: 4 },
    { name: "query", size: LENGTH },
    { name: "key", size: LENGTH },
  ]);
  assert.deepEqual(figure(document, "key").shape[0], { name: "keyValueHeads", size: 2 });
  const place = figure(document, "weights").place!;
  assert.equal(place.text, `line_${place.line}()`);
  assert.deepEqual(
    document.tokens.map(token => token.text),
    PROMPT.split(" "),
  );
});

test("every row of the weights adds up to 1 and the mask hides what comes later", async () => {
  const { show } = panel();
  for (const head of [0, 1, 2, 3]) {
    const document = await show({ ...STATE, head });
    const { data: buffer, rows, columns } = figure(document, "weights");
    const weights = data(buffer);
    const hidden = new Uint8Array(attention(document).hidden!);
    for (let row = 0; row < rows; row++) {
      const slice = weights.subarray(row * columns, (row + 1) * columns);
      assert.ok(Math.abs(slice.reduce((sum, each) => sum + each, 0) - 1) < 1e-6);
      for (let column = 0; column < columns; column++)
        assert.equal(hidden[row * columns + column], column > row ? 1 : 0);
    }
  }
});

test("scores are the dot products of the query and key rows that are shown, shared heads and all", async () => {
  const document = await panel().show({ ...STATE, head: 3 });
  const [query, key, scores] = (["query", "key", "scores"] as const).map(role => figure(document, role));
  const [q, k, s] = [data(query!.data), data(key!.data), data(scores!.data)];
  const width = query!.columns;
  for (let row = 0; row < LENGTH; row++)
    for (let column = 0; column < LENGTH; column++) {
      let dot = 0;
      for (let i = 0; i < width; i++) dot += q[row * width + i]! * k[column * width + i]!;
      assert.ok(Math.abs(dot - s[row * LENGTH + column]!) < 1e-4);
    }
});

test("statistics leave out what the mask hides", async () => {
  const document = await panel().show();
  const { statistics } = figure(document, "masked");
  assert.ok(statistics.min > -1e3);
  assert.equal(statistics.count, (4 * LENGTH * (LENGTH + 1)) / 2);
});

test("a head that is switched off: its output is zero, the effect is measured, what was before is kept", async () => {
  const { show, opened } = panel();
  const before = await show({ ...STATE, head: 2 });
  const output = figure(before, "output");
  const ablation = {
    value: output.value,
    selector: { axes: [{ axis: output.headAxis!, index: 2 }] },
    operation: { kind: "zero" as const },
  };
  const after = await show({ ...before.state, interventions: [ablation] });
  assert.deepEqual(attention(after).ablated, [2]);
  const now = figure(after, "output");
  assert.ok(data(now.data).every(each => each === 0));
  assert.deepEqual(now.previous, output.data);
  assert.equal(figure(after, "weights").previous, null);
  const effect = after.effect!;
  assert.equal(effect.change, "intervention");
  // The last one shown gives way to a token that is likeliest only now.
  assert.deepEqual(effect.before.slice(0, -1), before.effect!.before.slice(0, -1));
  assert.deepEqual(
    effect.before.map(each => each.id),
    effect.after!.map(each => each.id),
  );
  assert.ok(effect.totalVariation! > 0 && effect.totalVariation! < 1);
  assert.equal(opened.length, 1);
  assert.equal(opened[0]!.runs, 2);
});

test("lifting the mask lets every token look at every other", async () => {
  const { show } = panel();
  const before = await show();
  const after = await show({ ...before.state, interventions: [attention(before).maskLift!] });
  assert.equal(attention(after).hidden, null);
  assert.ok(data(figure(after, "weights").data).every(weight => weight > 0));
  // The last token saw everything before too, and this model has one layer: nothing leaks into its prediction.
  assert.equal(after.effect!.totalVariation, 0);
});

test("a classifier shows its classes, and what a change does to their shares", async () => {
  const b = new TraceBuilder();
  const x = b.input("pixel_values", [1, 3, 4, 4]);
  b.within("head", "Head");
  const flat = b.operation("reshape", [x], { shape: [1, 48] }, [1, 48]);
  const features = b.name("features", b.linear(flat, "head.weight", [1, 8], 48, 8));
  b.output("logits", b.linear(features, "classes", [1, 3], 8, 3));
  const model = Object.assign(new EvaluatedModel(b.build()), { labels: { 0: "cat", 1: "LABEL_1" } });
  const session = new PanelSession({ open: async () => model, readText: async () => "" });
  const show = (interventions: PanelState["interventions"]) =>
    session.show(
      target(),
      { ...STATE, component: "linear", module: "head", interventions },
      new AbortController().signal,
    );
  const before = await show([]);
  assert.equal(before.failure, null);
  const { effect } = before;
  assert.equal(effect!.kind, "class");
  assert.deepEqual(effect!.before.map(({ text }) => text).sort(), ["cat", "class 1", "class 2"]);
  assert.ok(Math.abs(effect!.before.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-9);
  assert.equal(before.continues, false);
  const after = await show([
    { value: "head:features#0", selector: { axes: [] }, operation: { kind: "zero" } },
  ]);
  for (const { probability } of after.effect!.after!) assert.ok(Math.abs(probability - 1 / 3) < 1e-9);
  assert.ok(after.effect!.totalVariation! > 0);
});

test("the text that is shown can be continued, by the model without its changes", async () => {
  const { session, show, opened } = panel();
  const signal = new AbortController().signal;
  const choice = { tokens: 5, temperature: 0, fast: true };
  await assert.rejects(
    session.continueText(choice, 0, () => {}, signal),
    /Nothing has run yet/,
  );
  const document = await show();
  assert.equal(document.continues, true);
  const asked: unknown[] = [];
  opened[0]!.generate = async request => {
    asked.push(request);
    throw new Error("asked");
  };
  await assert.rejects(
    session.continueText(choice, 2, () => {}, signal),
    /asked/,
  );
  assert.deepEqual(asked, [{ prompt: PROMPT, tokens: 5, temperature: 0, seed: 2, fast: true }]);
});

test("a factor on what the softmax is given is a temperature", async () => {
  const { show } = panel();
  const before = await show();
  const { softmaxInput } = attention(before);
  const factor = 0.25;
  const after = await show({
    ...before.state,
    interventions: [{ value: softmaxInput, selector: { axes: [] }, operation: { kind: "scale", factor } }],
  });
  const last = (document: PanelDocument) => data(figure(document, "weights").data).subarray(-LENGTH);
  assert.ok(Math.max(...last(after)) < Math.max(...last(before)));
  const [scores, weights] = [data(figure(before, "masked").data).subarray(-LENGTH), last(after)];
  const exponentials = Array.from(scores, score => Math.exp(score * factor));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  for (const [i, each] of exponentials.entries()) assert.ok(Math.abs(each / sum - weights[i]!) < 1e-5);
});

test("an intervention by index does not outlive the trace that it was made in", async () => {
  const { show } = panel();
  const before = await show();
  const intervention = { value: 12, selector: { axes: [] }, operation: { kind: "zero" as const } };
  const with12 = await show({ ...before.state, interventions: [intervention] });
  assert.equal(with12.state.interventions.length, 1);
  const edited = await show(with12.state, { [FILE]: "unscaled" });
  assert.deepEqual(edited.state.interventions, []);
});

test("an edit is compared with the source before it, until it is taken back", async () => {
  const { show, opened } = panel();
  const before = await show();
  const edited = await show(before.state, { [FILE]: "unscaled" });
  assert.equal(figure(edited, "weights").previous?.byteLength, figure(before, "weights").data.byteLength);
  assert.deepEqual(figure(edited, "weights").previous, figure(before, "weights").data);
  assert.equal(edited.effect?.change, "edit");
  const further = await show(before.state, { [FILE]: "unscaled, twice" });
  assert.deepEqual(figure(further, "weights").previous, figure(before, "weights").data);
  assert.equal(opened[1]!.disposed, true);
  const back = await show(before.state);
  assert.equal(figure(back, "weights").previous, null);
  assert.equal(back.effect?.change, null);
  assert.deepEqual(
    opened.map(model => model.disposed),
    [true, true, true, false],
  );
});

test("a change of cell or step runs nothing", async () => {
  const { show, opened } = panel();
  const first = await show();
  const second = await show({ ...first.state, step: 1, cell: { row: 1, column: 0 } });
  assert.deepEqual([opened[0]!.runs, opened[0]!.looks], [1, 0]);
  assert.equal(second.state.step, 1);
  assert.equal(second.view, first.view);
});

test("of another head, only its numbers are asked for: the model does not run again", async () => {
  const { show, opened } = panel();
  const first = await show();
  const second = await show({ ...first.state, head: 3 });
  assert.deepEqual([opened[0]!.runs, opened[0]!.looks], [1, 1]);
  assert.equal(attention(second).head, 3);
  assert.notDeepEqual(figure(second, "weights").data, figure(first, "weights").data);
  assert.deepEqual(attention(second).thumbnails, attention(first).thumbnails);
  assert.deepEqual(second.effect, first.effect);
  const beyond = await show({ ...first.state, head: 9 });
  assert.equal(beyond.state.head, 3);
});

test("one head travels, with every head small", async () => {
  const document = await panel().show();
  for (const { data: cells, rows, columns } of attention(document).figures)
    assert.equal(cells.byteLength, rows * columns * 4);
  const { thumbnails, heads, hidden } = attention(document);
  assert.equal(hidden!.byteLength, LENGTH * LENGTH);
  assert.equal(thumbnails.data.byteLength, heads * LENGTH * LENGTH * 4);
  const weights = data(figure(document, "weights").data);
  const small = data(thumbnails.data).subarray(0, LENGTH * LENGTH);
  for (const [i, each] of small.entries()) {
    if (new Uint8Array(hidden!)[i] === 1) assert.ok(Number.isNaN(each));
    else assert.equal(each, weights[i]);
  }
});

test("a source that cannot be traced keeps the last good numbers, marked stale, and names the line", async () => {
  const { show, fail } = panel();
  const good = await show();
  const failure = {
    kind: "syntax" as const,
    message: "{0} is not valid Python.",
    arguments: ["model.py:3"],
    file: FILE,
    line: 3,
    operation: null,
    detail: null,
  };
  fail(new SourceError(failure, "model.py:3 is not valid Python."));
  const broken = await show(good.state, { [FILE]: "def" });
  assert.equal(broken.status, "stale");
  assert.deepEqual(broken.failure, { message: "model.py:3 is not valid Python.", file: FILE, line: 3 });
  assert.equal(broken.view, good.view);
  fail(null);
  assert.equal((await show(good.state)).status, "live");
});

test("a first failure is a document without numbers", async () => {
  const { show, fail } = panel();
  fail(
    new SourceError(
      {
        kind: "missing",
        message: "No file.",
        arguments: [],
        file: null,
        line: null,
        operation: null,
        detail: null,
      },
      "No file.",
    ),
  );
  const document = await show();
  assert.equal(document.status, "failed");
  assert.equal(document.view, null);
  assert.equal(document.effect, null);
  assert.equal(document.source?.label, "model.py");
});

test("a component that the model does not have is said, by name", async () => {
  const document = await panel().show({ ...STATE, component: "cross-attention" });
  assert.equal(document.status, "failed");
  assert.match(document.failure!.message, /Model computes no cross-attention/);
});

test("a newer request ends the one before it, and so does the caller", async () => {
  const { session, show } = panel();
  const first = show({ ...STATE, prompt: "one two three" });
  const second = show();
  await assert.rejects(first, { name: "AbortError" });
  assert.equal((await second).tokens.length, LENGTH);
  const controller = new AbortController();
  const third = session.show(target(), { ...STATE, prompt: "one two" }, controller.signal);
  controller.abort();
  await assert.rejects(third, { name: "AbortError" });
});

test("a module without attention is shown line by line", async () => {
  const document = await panel().show({ ...STATE, component: "kv-cache", module: "layers.0.attn" });
  assert.equal(document.view?.kind, "general");
  const lines = document.view?.kind === "general" ? document.view.lines : [];
  assert.deepEqual(
    lines.map(line => line.variable),
    // Variables by name, arithmetic without one by function, in the order of the computation.
    [
      "linear",
      "query",
      "linear",
      "linear",
      "matmul",
      "mul",
      "le",
      "where",
      "add",
      "weights",
      "output",
      "projected",
    ],
  );
  assert.deepEqual(lines.at(-1)!.shape, [
    { name: "token", size: LENGTH },
    { name: "feature", size: 32 },
  ]);
  assert.ok(lines.every(line => Number.isFinite(line.statistics.std) && line.statistics.count > 0));
});

test("the files that an edit has to be looked for in are known", async () => {
  const { session, show } = panel();
  assert.equal(session.files.size, 0);
  await show();
  assert.ok(session.files.has(FILE));
});
