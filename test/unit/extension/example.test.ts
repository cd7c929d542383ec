import assert from "node:assert/strict";
import { test } from "node:test";
import { ExampleError, formatInput, openWith, parseExamples } from "../../../src/extension/source/example.ts";

const file = "/w/.papertrace/examples.json";

test("an example says how a class is built and what forward is called on", () => {
  const text =
    '{\n  "m.py#Net": {\n    "construct": "Net(8)",\n    "inputs": {"x": "float32[batch, heads, 3, width]"}\n  }\n}';
  const example = parseExamples(text, file)["m.py#Net"]!;
  const { construct, inputs } = openWith(example);
  assert.equal(construct, "Net(8)");
  const [x] = inputs!;
  assert.deepEqual(
    x!.shape.map(size => (typeof size === "number" ? size : size.symbol)),
    ["batch_size", "heads", 3, "width"],
  );
  const hints = x!.shape.flatMap(size => (typeof size === "number" ? [] : [size.hint]));
  assert.equal(new Set(hints).size, 3, "free sizes are told apart");
  assert.equal(formatInput(x!), "float32[batch, heads, 3, width]");
});

test("what is wrong is named with its file and line", () => {
  const fault = (text: string) => {
    try {
      parseExamples(text, file);
    } catch (error) {
      assert.ok(error instanceof ExampleError);
      assert.ok(error.message.startsWith(`${file}:${error.line}: `));
      return error;
    }
    return assert.fail("no error");
  };
  assert.equal(fault('{\n  "a": {},\n  "b": oops\n}').line, 3);
  assert.equal(fault('{\n  "a": {},\n').line, 2);
  assert.equal(fault("[]").line, 1);
  const unknown = fault('{\n  "a": {},\n  "m.py#Net": {"constructs": "x"}\n}');
  assert.equal(unknown.line, 3);
  assert.match(unknown.message, /constructs/);
  const shape = fault('{\n  "m.py#Net": {\n    "inputs": {\n      "x": "floating[3]"\n    }\n  }\n}');
  assert.equal(shape.line, 4);
  assert.match(shape.message, /floating\[3\]/);
});
