import assert from "node:assert/strict";
import { test } from "node:test";
import { TextContinuation, type WriteText } from "../../../src/extension/component/text-continuation.ts";
import type { GenerateResult } from "../../../src/runtime/live/types.ts";
import { DEFAULT_CONTINUATION, type PanelState } from "../../../src/shared/panel-state.ts";
import type { Continuation } from "../../../src/shared/protocol/component.ts";

const STATE: PanelState = {
  version: 1,
  component: "self-attention",
  source: null,
  model: "tiny",
  module: null,
  prompt: "one two",
  head: 0,
  cell: null,
  step: null,
  interventions: [],
};

const RESULT: GenerateResult = {
  text: " three four",
  tokens: [3, 4],
  promptTokens: 2,
  prefillMs: 1,
  decodeMsPerToken: 2,
  keeping: "in-place",
  activations: "float32",
  precision: "float32",
};

/** A continuation whose tokens come when they are let through. */
function written(write: WriteText) {
  const told: (Continuation | null)[] = [];
  const tokens: string[] = [];
  const continuation = new TextContinuation(write, {
    continued: next => told.push(next),
    token: text => tokens.push(text),
  });
  return { continuation, told, tokens };
}

test("tokens are told as they come, the whole text with its numbers at the end", async () => {
  const seeds: number[] = [];
  const { continuation, told, tokens } = written(async (_choice, seed, onToken) => {
    seeds.push(seed);
    onToken({ id: 3, text: " three" });
    assert.equal(continuation.shown?.text, " three");
    onToken({ id: 4, text: " four" });
    return RESULT;
  });
  await continuation.begin(DEFAULT_CONTINUATION, STATE);
  await continuation.begin(DEFAULT_CONTINUATION, STATE);
  assert.deepEqual(tokens, [" three", " four", " three", " four"]);
  assert.deepEqual(seeds, [0, 1], "each time another text, where it is drawn");
  assert.deepEqual(
    told.map(each => [each?.writing, each?.text]),
    [
      [true, ""],
      [false, " three four"],
      [true, ""],
      [false, " three four"],
    ],
  );
  assert.deepEqual(told[1]!.result, {
    tokens: 2,
    millisecondsPerToken: 2,
    precision: "float32",
    rounded: false,
  });
});

test("rounded activations are said beside the numbers", async () => {
  const fast = { ...RESULT, activations: "int8", precision: "fast: activations in 8 bits" } as const;
  const { continuation, told } = written(async ({ fast: asked }) => (asked ? fast : RESULT));
  await continuation.begin({ ...DEFAULT_CONTINUATION, fast: true }, STATE);
  assert.equal(told.at(-1)!.result!.rounded, true);
  assert.equal(told.at(-1)!.result!.precision, "fast: activations in 8 bits");
});

test("what was written stays when it is stopped, and a late token changes nothing", async () => {
  const ended = Promise.withResolvers<GenerateResult>();
  let late = () => {};
  const { continuation, told, tokens } = written((_choice, _seed, onToken, signal) => {
    onToken({ id: 3, text: " three" });
    late = () => onToken({ id: 4, text: " four" });
    signal.addEventListener("abort", () => ended.resolve(RESULT));
    return ended.promise;
  });
  const writing = continuation.begin(DEFAULT_CONTINUATION, STATE);
  continuation.stop();
  late();
  await writing;
  assert.deepEqual(tokens, [" three"]);
  assert.deepEqual(told.at(-1), {
    text: " three",
    choice: DEFAULT_CONTINUATION,
    writing: false,
    result: null,
    failure: null,
  });
});

test("another layer or head keeps the text; another prompt, model or source takes it away", async () => {
  const { continuation, told } = written(async () => RESULT);
  await continuation.begin(DEFAULT_CONTINUATION, STATE);
  continuation.moved({ ...STATE, head: 3, module: "layers.1", component: "residual" });
  assert.notEqual(told.at(-1), null);
  for (const change of [
    { prompt: "other" },
    { model: "other" },
    { source: { file: "/model.py", class: "Model" } },
  ]) {
    await continuation.begin(DEFAULT_CONTINUATION, STATE);
    continuation.moved({ ...STATE, ...change });
    assert.equal(told.at(-1), null);
    assert.equal(continuation.shown, null);
  }
});

test("why a text could not be continued is told", async () => {
  const { continuation, told } = written(async () => {
    throw new Error("The prompt has 70 tokens and the model 64 positions; shorten it.");
  });
  await continuation.begin(DEFAULT_CONTINUATION, STATE);
  assert.match(told.at(-1)!.failure!, /shorten it/);
  assert.equal(told.at(-1)!.writing, false);
});
