import assert from "node:assert/strict";
import { test } from "node:test";
import { SourceError } from "../../../src/runtime/live/source-error.ts";
import { PanelSession } from "../../../src/runtime/panel/session.ts";
import type { PanelState } from "../../../src/shared/panel-state.ts";
import { EvaluatedModel } from "../../support/evaluated-model.ts";
import { FILE, figure, LENGTH, PROMPT, panel, STATE, target } from "../../support/panel-session.ts";
import { TraceBuilder } from "../../support/trace-builder.ts";

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

test("a source that cannot be traced keeps the last good numbers, marked stale, and names the line", async () => {
  const { show, fail } = panel();
  const good = await show();
  const failure = {
    kind: "syntax" as const,
    message: "{0} is not valid Python.",
    arguments: ["The file"],
    file: FILE,
    line: 3,
    operation: null,
    detail: null,
  };
  fail(new SourceError(failure));
  const broken = await show(good.state, { [FILE]: "def" });
  assert.equal(broken.status, "stale");
  assert.deepEqual(broken.failure, {
    message: "The file is not valid Python.",
    file: FILE,
    line: 3,
    package: null,
  });
  assert.equal(broken.view, good.view);
  fail(null);
  assert.equal((await show(good.state)).status, "live");
});

test("a first failure is a document without numbers", async () => {
  const { show, fail } = panel();
  fail(
    new SourceError({
      kind: "missing",
      message: "No file.",
      arguments: [],
      file: null,
      line: null,
      operation: null,
      detail: null,
    }),
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
