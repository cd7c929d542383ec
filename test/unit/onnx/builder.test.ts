import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphBuilder, IR_VERSION, MICROSOFT, OPSET } from "../../../src/runtime/onnx/builder.ts";
import { decodeModel } from "../../../src/runtime/onnx/schema.ts";

test("a graph survives being written and read", () => {
  const builder = new GraphBuilder();
  const x = builder.input("x", "float32", ["batch_size", 4, null]);
  builder.scope = "layers.0/torch.matmul";
  const weight = builder.external("w", "float32", [4, 2], { location: "a/b.bin", offset: 16, length: 32 });
  const [sum, rest] = builder.nodes("Split", [x, "", weight, ""], 2, {
    axis: -1,
    flag: true,
    text: "ü",
    list: [1, -2],
    real: { float: 0.5 },
    absent: undefined,
  });
  builder.output(rest!, "float32", [4, 2]);
  builder.describe(sum!, "int64", ["a + b"]);

  const model = decodeModel(builder.finish("g"));
  assert.equal(model.irVersion, IR_VERSION);
  assert.deepEqual(model.opsetImport, [{ version: OPSET }, { domain: MICROSOFT, version: 1 }]);
  const { graph } = model;
  const [node] = graph.node;
  assert.equal(node!.name, "layers.0/torch.matmul/Split#0");
  assert.deepEqual(node!.input, ["x", "", "w"]);
  assert.deepEqual(node!.output, [sum, rest]);
  const attributes = Object.fromEntries(node!.attribute.map(a => [a.name, a]));
  assert.deepEqual(Object.keys(attributes), ["axis", "flag", "text", "list", "real"]);
  assert.equal(attributes.axis!.i, -1);
  assert.equal(attributes.flag!.i, 1);
  assert.equal(new TextDecoder().decode(attributes.text!.s), "ü");
  assert.deepEqual(attributes.list!.ints, [1, -2]);
  assert.equal(attributes.real!.f, 0.5);
  const [initializer] = graph.initializer;
  assert.deepEqual(initializer!.dims, [4, 2]);
  assert.deepEqual(initializer!.externalData, [
    { key: "location", value: "a/b.bin" },
    { key: "offset", value: "16" },
    { key: "length", value: "32" },
  ]);
  assert.deepEqual(graph.input[0]!.type.tensorType.shape!.dim, [
    { dimParam: "batch_size" },
    { dimValue: 4 },
    {},
  ]);
  assert.deepEqual(
    graph.valueInfo.map(info => info.name),
    [sum],
  );
});

test("names that are made up are nobody else's", () => {
  const builder = new GraphBuilder();
  builder.input("c0", "float32", [1]);
  builder.input("t0", "float32", [1]);
  const sum = builder.node("Add", ["c0", builder.constant("float32", [1], new Uint8Array(4))]);
  builder.output(builder.node("Mul", [sum, "t0"]), "float32", [1]);
  const { graph } = decodeModel(builder.finish("g"));
  const names = [...graph.input, ...graph.initializer].map(({ name }) => name);
  names.push(...graph.node.flatMap(node => node.output));
  assert.equal(new Set(names).size, names.length);
});

test("equal constants are one, of other type or shape another", () => {
  const builder = new GraphBuilder();
  const bytes = new Uint8Array(4);
  const name = builder.constant("int32", [], bytes);
  assert.equal(builder.constant("int32", [], new Uint8Array(4)), name);
  assert.notEqual(builder.constant("int32", [1], bytes), name);
  assert.notEqual(builder.constant("float32", [], bytes), name);
});

test("an output that no node computes is a copy", () => {
  const builder = new GraphBuilder();
  const x = builder.input("x", "float32", [1]);
  const copy = builder.output(x, "float32", [1]);
  assert.notEqual(copy, x);
  const [node] = decodeModel(builder.finish("g")).graph.node;
  assert.deepEqual([node!.opType, node!.input, node!.output], ["Identity", ["x"], [copy]]);
});

test("external bytes have to fit their shape", () => {
  const builder = new GraphBuilder();
  assert.throws(
    () => builder.external("w", "float32", [3], { location: "f", offset: 0, length: 8 }),
    /w: float32\[3\] takes 12 bytes, not 8/,
  );
});
