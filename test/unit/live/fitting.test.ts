import assert from "node:assert/strict";
import { test } from "node:test";
import { firstThatFits, fitted, freeInputs } from "../../../src/runtime/live/fitting.ts";
import { SYMBOLS } from "../../../src/runtime/live/inputs.ts";
import { SourceError } from "../../../src/runtime/live/source-error.ts";
import type { ArgumentFit, InputSpec } from "../../../src/shared/trace.ts";

const written = (specs: readonly InputSpec[]) =>
  specs
    .map(
      ({ name, dtype, shape }) =>
        `${name}: ${dtype}[${shape.map(size => (typeof size === "number" ? size : size.symbol)).join(", ")}]`,
    )
    .join("; ");

const asked = (name: string, dimensions?: readonly string[]) => ({
  name,
  required: true,
  ...(dimensions ? { dimensions } : {}),
});

function refusal(fit?: ArgumentFit): SourceError {
  return new SourceError({
    kind: "python",
    message: "it does not fit",
    arguments: [],
    file: null,
    line: null,
    operation: null,
    detail: null,
    ...(fit ? { fit } : {}),
  });
}

const [start] = freeInputs([asked("x"), asked("y")], [null, null]);

test("sizes are free, and each argument's own, where the source says nothing of them", () => {
  assert.equal(
    written(start!),
    "x: float32[batch_size, x_size_1, x_size_2]; y: float32[batch_size, y_size_1, y_size_2]",
  );
  const hints = start!.flatMap(({ shape }) =>
    shape.flatMap(size => (typeof size === "number" ? [] : size.hint)),
  );
  assert.equal(new Set(hints).size, 5, "no size is taken for another");
});

test("dimensions that the source names are the same where their names are", () => {
  const image = asked("image", ["B", "C", "H", "W"]);
  const tokens = asked("tokens", ["b", "n", "c"]);
  const [named, ...others] = freeInputs([image, tokens], [null, null]);
  assert.deepEqual(others, []);
  assert.equal(
    written(named!),
    "image: float32[batch_size, c, h, w]; tokens: float32[batch_size, sequence, c]",
  );
});

test("arguments become what a failure says that would have fitted", () => {
  const narrow = fitted(start!, { symbol: "x_size_2", size: 8 })!;
  const same = fitted(narrow, { symbol: "y_size_1", size: { symbol: "x_size_1" } })!;
  assert.equal(
    written(same),
    "x: float32[batch_size, x_size_1, 8]; y: float32[batch_size, x_size_1, y_size_2]",
  );
  const image = fitted(same, { argument: "y", rank: 4 })!;
  assert.equal(written([image[1]!]), "y: float32[batch_size, y_size_1, y_size_2, y_size_3]");
  assert.equal(
    written([fitted(same, { argument: "x", dtype: "int64" })![0]!]),
    "x: int64[batch_size, x_size_1]",
  );
  assert.equal(fitted(same, { symbol: "gone", size: 3 }), null);
  assert.equal(fitted(image, { argument: "y", rank: 4 }), null);
});

test("what is likely comes first, then what failures lead to, and the likeliest's failure is told", async () => {
  const likely: InputSpec[] = [{ name: "x", dtype: "float32", shape: [SYMBOLS.batch, 5] }];
  const seen: string[] = [];
  const attempt = async (specs: readonly InputSpec[]) => {
    const [{ shape }] = specs as [InputSpec];
    seen.push(written(specs));
    if (shape.length === 2) throw refusal({ argument: "x", rank: 3 });
    if (typeof shape[2] !== "number")
      throw refusal({ symbol: (shape[2] as { symbol: string }).symbol, size: 8 });
    return shape.length;
  };
  assert.equal(await firstThatFits([likely], [], attempt), 3);
  assert.deepEqual(seen, [
    "x: float32[batch_size, 5]",
    "x: float32[batch_size, x_size_1, x_size_2]",
    "x: float32[batch_size, x_size_1, 8]",
  ]);
  const first = refusal();
  await assert.rejects(
    firstThatFits([likely], [start!], async specs => {
      throw specs === likely ? first : refusal({ symbol: "x_size_1", size: { symbol: "x_size_1" } });
    }),
    first,
  );
});

test("a package that is missed is told, whichever arguments came so far", async () => {
  const { failure } = refusal();
  const missed = new SourceError({ ...failure, package: { name: "einops", file: null, line: null } });
  await assert.rejects(
    firstThatFits([start!, [start![0]!]], [], async specs => {
      throw specs === start ? refusal() : missed;
    }),
    missed,
  );
});
