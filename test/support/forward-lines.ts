import type { Live } from "../../src/runtime/live/live.ts";
import { numbers } from "../../src/runtime/session/numbers.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import { unsavedCase } from "./unsaved-case.ts";

/** What a forward of these lines gives for an x of these sizes, [batch, sequence, 2], that counts from 1. */
export async function forward(
  live: Live,
  lines: readonly string[],
  ...cases: (readonly number[])[]
): Promise<number[][]> {
  const sizes = ["batch", "sequence"].map((symbol, i) => ({ symbol, hint: 3 + 4 * i }));
  const model = await live.open({
    ...unsavedCase({ forward: lines }),
    arguments: {},
    inputs: [{ name: "x", dtype: "float32", shape: [...sizes, 2] }],
  });
  const results: number[][] = [];
  for (const shape of cases) {
    const { output } = await model.run({ inputs: { x: counting(shape) } });
    results.push(Array.from(numbers(output), Number));
  }
  model.dispose();
  return results;
}

function counting(shape: readonly number[]): Tensor {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i + 1);
  return { dtype: "float32", shape, data: new Uint8Array(data.buffer) };
}
