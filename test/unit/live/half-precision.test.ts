import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { numbers } from "../../../src/runtime/session/numbers.ts";
import type { DType } from "../../../src/shared/dtype.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";
import { unsavedCase } from "../../support/unsaved-case.ts";

const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => live.dispose());

/** What a forward of these lines gives for [1, 2, 3, 4], in the type that the bits are of. */
async function forward(lines: readonly string[], dtype: DType, data: Uint8Array): Promise<number[]> {
  const model = await live.open({
    ...unsavedCase({ init: ["self.built = torch.tensor([2049.0]).half()"], forward: lines }),
    arguments: {},
    inputs: [{ name: "x", dtype, shape: [{ symbol: "batch", hint: 3 }] }],
  });
  const { output } = await model.run({ inputs: { x: { dtype, shape: [4], data } } });
  model.dispose();
  return Array.from(numbers(output), Number);
}

const FLOATS = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
const HALVES = new Uint8Array(Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400).buffer);

for (const [line, expected] of [
  ["return (x + 2048).half().float()", [2048, 2050, 2052, 2052]],
  ["return (x + 256).bfloat16().float()", [256, 258, 260, 260]],
  ["return (x * 20000).to(torch.float16).float()", [20000, 40000, 60000, Number.POSITIVE_INFINITY]],
  ["return (x.half() * 2047).float()", [2047, 4094, 6140, 8188]],
  ["return self.built.float() + x", [2049, 2050, 2051, 2052]],
  ["return torch.full((1,), 2049, dtype=torch.float16).float() + x", [2049, 2050, 2051, 2052]],
  ["h = x.half(); h[:2] = 2049.0; return h.float()", [2048, 2048, 3, 4]],
] as const) {
  test(`${line}: what a source in float32 has in half precision is rounded to it`, async () => {
    assert.deepEqual(await forward([line], "float32", FLOATS), expected);
  });
}

test("each step of a loop rounds", async () => {
  const lines = [
    "h = torch.zeros(1).half()",
    "for i in range(x.shape[0]):",
    "    h = h * 2047 + x[i].half()",
  ];
  // 1, then 2048 (2049 is no half), then more than the largest
  assert.deepEqual(await forward([...lines, "return h.float()"], "float32", FLOATS), [
    Number.POSITIVE_INFINITY,
  ]);
});

test("what is in half precision altogether is computed in float32, which loses nothing", async () => {
  assert.deepEqual(await forward(["return (x * 2047).float()"], "float16", HALVES), [2047, 4094, 6141, 8188]);
});
