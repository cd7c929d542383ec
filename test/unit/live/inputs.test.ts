import assert from "node:assert/strict";
import { test } from "node:test";
import { examples } from "../../../src/runtime/live/examples.ts";
import { bindingsOf, concretise, SYMBOLS, specsOf, symbolsOf } from "../../../src/runtime/live/inputs.ts";
import { int64 } from "../../../src/runtime/session/numbers.ts";
import { float32 } from "../session/tiny-trace.ts";

const zeros = (...shape: number[]) => int64(new Array(shape.reduce((a, b) => a * b, 1)).fill(0), shape);

test("ids and masks are free in batch and sequence, other numbers in the batch alone", () => {
  const inputs = {
    input_ids: zeros(2, 11),
    attention_mask: zeros(2, 11),
    decoder_input_ids: zeros(2, 6),
    pixel_values: float32([2, 3, 1, 1], [1, 2, 3, 4, 5, 6]),
    temperature: float32([], [1]),
  };
  const shapes = Object.fromEntries(specsOf(inputs).map(spec => [spec.name, spec.shape]));
  assert.deepEqual(shapes, {
    input_ids: [SYMBOLS.batch, SYMBOLS.sequence],
    attention_mask: [SYMBOLS.batch, SYMBOLS.sequence],
    decoder_input_ids: [SYMBOLS.batch, SYMBOLS.decoderSequence],
    pixel_values: [SYMBOLS.batch, 3, 1, 1],
    temperature: [],
  });
  assert.deepEqual(
    [...bindingsOf(specsOf(inputs), inputs)],
    [
      ["batch_size", 2],
      ["sequence", 11],
      ["decoder_sequence", 6],
    ],
  );
});

test("an image is free in height and width, a sound in its samples, both traced as they are", () => {
  const inputs = {
    pixel_values: float32([2, 3, 4, 6], new Array(144).fill(0)),
    input_values: float32([2, 5], new Array(10).fill(0)),
    attention_mask: float32([2, 1, 4, 4], new Array(32).fill(0)),
    "past_key_values.0.key": float32([2, 2, 4, 4], new Array(64).fill(0)),
  };
  const shapes = Object.fromEntries(specsOf(inputs).map(spec => [spec.name, spec.shape]));
  assert.deepEqual(shapes, {
    pixel_values: [SYMBOLS.batch, 3, { symbol: "height", hint: 4 }, { symbol: "width", hint: 6 }],
    input_values: [SYMBOLS.batch, { symbol: "samples", hint: 5 }],
    attention_mask: [SYMBOLS.batch, 1, 4, 4],
    "past_key_values.0.key": [SYMBOLS.batch, 2, 4, 4],
  });
});

test("hints are different and at least 2", () => {
  const hints = Object.values(SYMBOLS).map(({ hint }) => hint);
  assert.equal(new Set(hints).size, hints.length);
  assert.ok(hints.every(hint => hint >= 2));
});

test("a size that disagrees with the others of its symbol stays a number", () => {
  const specs = specsOf({ input_ids: zeros(2, 7), position_ids: zeros(1, 7) });
  assert.deepEqual(specs[1]!.shape, [1, SYMBOLS.sequence]);
});

test("fixing a symbol leaves the others free", () => {
  const inputs = { input_ids: zeros(1, 9) };
  const specs = specsOf(inputs);
  const fixed = concretise(specs, new Set(["batch_size"]), bindingsOf(specs, inputs));
  assert.deepEqual(fixed[0]!.shape, [1, SYMBOLS.sequence]);
  assert.deepEqual([...symbolsOf(fixed)], ["sequence"]);
});

const forward = (...names: string[]) =>
  names.map(name => ({ name: name.replace("!", ""), required: name.endsWith("!") }));

test("what to call forward on follows its arguments and the config", () => {
  const names = (specs: readonly { readonly name: string }[]) => specs.map(spec => spec.name);
  assert.deepEqual(examples(forward("input_ids", "attention_mask", "labels"), {}).map(names), [
    ["input_ids"],
  ]);
  assert.deepEqual(names(examples(forward("input_ids", "decoder_input_ids"), {})[0]!), [
    "input_ids",
    "decoder_input_ids",
  ]);
  assert.deepEqual(names(examples(forward("input_ids", "attention_mask!"), {})[0]!), [
    "input_ids",
    "attention_mask",
  ]);
  const [image] = examples(forward("pixel_values"), {
    vision_config: { image_size: [32, 48], num_channels: 3 },
  });
  assert.deepEqual(image![0]!.shape, [
    SYMBOLS.batch,
    3,
    { symbol: "height", hint: 32 },
    { symbol: "width", hint: 48 },
  ]);
  const mixed = examples(forward("input_ids", "pixel_values"), { image_size: 32 });
  assert.deepEqual(mixed.map(names), [["input_ids", "pixel_values"], ["input_ids"], ["pixel_values"]]);
  assert.deepEqual(mixed[0]![0]!.shape, [1, SYMBOLS.sequence], "one text, which the picture belongs to");
  const [states] = examples(forward("hidden_states!"), { hidden_size: 64 });
  assert.deepEqual(states![0], { name: "hidden_states", dtype: "float32", shape: [SYMBOLS.batch, 1, 64] });
});

test("an argument about which nothing is known is named", () => {
  assert.throws(() => examples(forward("theta!"), {}), /theta/);
  assert.throws(() => examples(forward("anything"), {}), /anything/);
  assert.throws(() => examples(forward("pixel_values!"), {}), /pixel_values/);
});
