import assert from "node:assert/strict";
import { test } from "node:test";
import { type Numbers, sizeOf, toBytes } from "../../../src/runtime/primitives/numbers.ts";
import { PRIMITIVES } from "../../../src/runtime/primitives/table.ts";
import { createRandom } from "../../../src/runtime/session/sampling.ts";
import { sourceOf, type TensorSource } from "../../../src/runtime/weights/tensor-source.ts";
import type { LayoutAttributes, LayoutPrimitive, TensorExpression } from "../../../src/shared/trace.ts";

const random = createRandom(7);
const below = (n: number) => Math.floor(random() * n);
const ordered = (n: number) => Array.from({ length: n }, (_, i) => i);
const shuffled = (n: number) =>
  ordered(n)
    .map(i => [random(), i] as const)
    .sort((a, b) => a[0] - b[0])
    .map(([, i]) => i);

/** Random attributes that fit a tensor of this shape; for concat, of what is joined to it. */
const attributes: { readonly [P in LayoutPrimitive]: (shape: readonly number[]) => LayoutAttributes[P] } = {
  reshape: shape => ({ shape: random() < 0.5 ? [sizeOf(shape)] : [1, ...shape.toReversed(), 1] }),
  permute: shape => ({ permutation: shuffled(shape.length) }),
  slice: shape => {
    const dim = below(shape.length);
    const start = below(shape[dim]!);
    return { dim, start, end: start + 1 + below(shape[dim]! - start), step: 1 + below(2) };
  },
  concat: shape => ({ dim: below(shape.length) }),
};

/** A random expression of that depth, and what the primitives' own evaluation gives for it. */
function grown(
  depth: number,
  leaves: Map<string, Numbers>,
): { expression: TensorExpression; value: Numbers } {
  if (depth === 0) {
    const shape = Array.from({ length: 1 + below(4) }, () => 1 + below(4));
    const value: Numbers = {
      dtype: "float32",
      shape,
      data: Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(random())),
    };
    const name = `t${leaves.size}`;
    leaves.set(name, value);
    return { expression: name, value };
  }
  const first = grown(depth - 1, leaves);
  const primitive = (Object.keys(attributes) as LayoutPrimitive[])[below(4)]!;
  const chosen = attributes[primitive](first.value.shape);
  const inputs = primitive === "concat" ? [first, first] : [first];
  const operation = {
    primitive,
    inputs: inputs.map((_, i) => i),
    outputs: [inputs.length],
    attributes: chosen,
    call: null,
  };
  const row = PRIMITIVES[primitive] as (typeof PRIMITIVES)["reshape"];
  const scope = {
    size: (size: unknown) => size as number,
    dtypeOf: () => "float32" as const,
    shapeOf: (index: number) => inputs[index]!.value.shape,
    inside: () => assert.fail("no such primitive"),
  };
  const [value] = row.evaluate(
    operation as never,
    inputs.map(input => input.value),
    scope,
  );
  const expression = { primitive, inputs: inputs.map(input => input.expression), attributes: chosen };
  return { expression: expression as TensorExpression, value: value! };
}

function inMemory(value: Numbers): TensorSource {
  const bytes = toBytes(value);
  const read = async (from: number, to: number) => bytes.slice(from * 4, to * 4);
  return { dtype: "float32", shape: value.shape, width: 4, read };
}

test("tensors are laid out anew as the primitives say, whole and in any pieces", async () => {
  for (let i = 0; i < 300; i++) {
    const leaves = new Map<string, Numbers>();
    const { expression, value } = grown(1 + below(4), leaves);
    const source = sourceOf(expression, name => inMemory(leaves.get(name)!));
    assert.deepEqual(source.shape, value.shape, JSON.stringify(expression));
    const size = sizeOf(value.shape);
    const whole = Buffer.from(await source.read(0, size));
    assert.ok(whole.equals(toBytes(value)), JSON.stringify(expression));
    const from = below(size);
    const to = from + below(size - from + 1);
    const piece = Buffer.from(await source.read(from, to));
    assert.ok(
      piece.equals(whole.subarray(from * 4, to * 4)),
      `${from}..${to} of ${JSON.stringify(expression)}`,
    );
  }
});

test("elements of every width are moved whole", async () => {
  for (const width of [1, 2, 4, 8]) {
    const bytes = Uint8Array.from({ length: 6 * width }, (_, i) => i);
    const leaf: TensorSource = {
      dtype: "uint8",
      shape: [2, 3],
      width,
      read: async (from, to) => bytes.slice(from * width, to * width),
    };
    const permute: TensorExpression = {
      primitive: "permute",
      inputs: ["x"],
      attributes: { permutation: [1, 0] },
    };
    const moved = await sourceOf(permute, () => leaf).read(0, 6);
    const expected = [0, 3, 1, 4, 2, 5].flatMap(i => [...bytes.subarray(i * width, (i + 1) * width)]);
    assert.deepEqual([...moved], expected);
  }
});

test("what does not fit is refused", () => {
  const leaf = inMemory({ dtype: "float32", shape: [2, 3], data: new Float64Array(6) });
  for (const expression of [
    { primitive: "reshape", inputs: ["x"], attributes: { shape: [7] } },
    { primitive: "slice", inputs: ["x"], attributes: { dim: 1, start: 2, end: 4, step: 1 } },
  ] as const) {
    assert.throws(() => sourceOf(expression, () => leaf), RangeError);
  }
});
