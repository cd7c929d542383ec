import assert from "node:assert/strict";
import { test } from "node:test";
import { panelInputs } from "../../../src/runtime/panel/inputs.ts";
import { hidesWhereTrue, readsTokens, tableRows } from "../../../src/runtime/recognise/arguments.ts";
import { numbers } from "../../../src/runtime/session/numbers.ts";
import { EvaluatedModel } from "../../support/evaluated-model.ts";
import { sequence, TraceBuilder } from "../../support/trace-builder.ts";

const S = sequence(7);
const inputsOf = (b: TraceBuilder) => panelInputs(new EvaluatedModel(b.build()), "one two three two", 0);

test("an argument that looks up a table reads the text, whatever it is called", async () => {
  const b = new TraceBuilder();
  const x = b.input("stuff", [1, S], "int64");
  const flat = b.operation("reshape", [x], { shape: [S] }, [S], "int64");
  b.operation("gather", [b.parameter("table", [50, 8]), flat], { dim: 0 }, [S, 8]);
  const trace = b.build();
  assert.ok(readsTokens(trace, x));
  assert.equal(tableRows(trace, x), 50);
  const { inputs, tokens, examples } = await inputsOf(b);
  const ids = Array.from(numbers(inputs.stuff!));
  assert.equal(tokens.length, 4);
  assert.deepEqual(examples, []);
  assert.ok(ids.every(id => id >= 0 && id < 50));
  assert.equal(ids[1], ids[3], "equal words have equal ids");
});

test("a text is as long as its model reads: filled up, or cut", async () => {
  const given = async (length: number) => {
    const b = new TraceBuilder();
    const ids = b.input("text", [1, length], "int64");
    b.operation("gather", [b.parameter("table", [50, 8]), ids], { dim: 0 }, [1, length, 8]);
    return await inputsOf(b);
  };
  const long = await given(6);
  assert.deepEqual(long.inputs.text!.shape, [1, 6]);
  assert.deepEqual(Array.from(numbers(long.inputs.text!)).slice(4), [0, 0]);
  assert.equal(long.tokens.length, 6);
  const short = await given(3);
  assert.deepEqual([short.inputs.text!.shape, short.tokens.length, short.omitted], [[1, 3], 3, 1]);
});

test("a model that reads no text runs on examples, the same every time, and names them", async () => {
  const b = new TraceBuilder();
  b.input("image", [1, 3, 16, 16]);
  b.input("wave", [1, 1600]);
  b.input("x", [1, S, 8]);
  const { inputs, tokens, examples } = await inputsOf(b);
  assert.deepEqual(tokens, []);
  assert.deepEqual(
    examples.map(({ name, content, shape }) => [name, content, shape]),
    [
      ["image", "picture", [1, 3, 16, 16]],
      ["wave", "sound", [1, 1600]],
      ["x", "numbers", [1, 7, 8]],
    ],
  );
  assert.deepEqual((await inputsOf(b)).inputs, inputs);
  for (const [name, tensor] of Object.entries(inputs)) {
    const values = Array.from(numbers(tensor));
    assert.ok(values.every(Number.isFinite), name);
    assert.ok(new Set(values).size > 10, `${name} is not flat`);
    assert.ok(Math.max(...values.map(Math.abs)) < 6, name);
  }
});

test("beside a text, other arguments have its length, and token types stay zero", async () => {
  const b = new TraceBuilder();
  const ids = b.input("input_ids", [1, S], "int64");
  b.operation("gather", [b.parameter("words", [90, 8]), ids], { dim: 0 }, [1, S, 8]);
  b.input("token_type_ids", [1, S], "int64");
  b.input("bias", [1, S, S]);
  const { inputs, examples } = await inputsOf(b);
  assert.deepEqual(inputs.bias!.shape, [1, 4, 4]);
  assert.deepEqual(Array.from(numbers(inputs.token_type_ids!)), [0, 0, 0, 0]);
  assert.deepEqual(
    examples.map(({ name }) => name),
    ["bias"],
  );
});

test("a mask hides nothing, whichever way round the source reads it", async () => {
  const masked = (hides: boolean) => {
    const b = new TraceBuilder();
    const mask = b.input("mask", [S, S], "bool");
    const scores = b.input("scores", [S, S]);
    const small = b.constant(Number.NEGATIVE_INFINITY);
    b.operation("where", hides ? [mask, small, scores] : [mask, scores, small], {}, [S, S]);
    return { b, mask };
  };
  for (const hides of [true, false]) {
    const { b, mask } = masked(hides);
    assert.equal(hidesWhereTrue(b.build(), mask), hides);
    const { inputs } = await inputsOf(b);
    assert.ok(Array.from(numbers(inputs.mask!)).every(value => value === (hides ? 0 : 1)));
  }
});
