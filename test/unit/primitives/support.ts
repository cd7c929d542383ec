import assert from "node:assert/strict";
import { fill, type Numbers } from "../../../src/runtime/primitives/numbers.ts";
import type { DType } from "../../../src/shared/dtype.ts";
import type { PrimitiveAttributes, PrimitiveName } from "../../../src/shared/primitives.ts";
import { bothWays, seeded } from "../../support/graphs.ts";

const random = seeded(20);

/** Random elements of a type: reals about 0, small integers, coin flips. */
export function some(dtype: DType, shape: readonly number[], low = -3, high = 3): Numbers {
  return fill(dtype, shape, () => {
    const x = low + (high - low) * random();
    if (dtype === "bool") return Number(random() < 0.5);
    return dtype.includes("float") ? x : Math.floor(x);
  });
}

export function of(dtype: DType, shape: readonly number[], ...data: readonly number[]): Numbers {
  return fill(dtype, shape, i => data[i]!);
}

/** Asserts that the graph computes what `evaluate` does. */
export async function agree<P extends PrimitiveName>(
  primitive: P,
  attributes: PrimitiveAttributes[P],
  inputs: readonly (Numbers | null)[],
  options: Parameters<typeof bothWays>[3] & { readonly tolerance?: number } = {},
): Promise<readonly Numbers[]> {
  const { evaluated, lowered } = await bothWays(primitive, attributes, inputs, options);
  const about = `${primitive} ${JSON.stringify(attributes)} of ${inputs.map(x => x && `${x.dtype}[${x.shape}]`)}`;
  evaluated.forEach((expected, i) => {
    const actual = lowered[i]!;
    assert.deepEqual(actual.shape, expected.shape, about);
    const tolerance = options.tolerance ?? (expected.dtype.includes("float") ? 2e-6 : 0);
    expected.data.forEach((x, j) => {
      const y = actual.data[j]!;
      const close = Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x));
      assert.ok(close || x === y, `${about}: element ${j} is ${y}, not ${x}`);
    });
  });
  return evaluated;
}
