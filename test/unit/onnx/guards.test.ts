import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bindSymbols,
  InputShapeError,
  violatedDataGuard,
  violatedGuards,
} from "../../../src/runtime/onnx/guards.ts";
import type { DType, Tensor } from "../../../src/shared/dtype.ts";
import type { Polynomial } from "../../../src/shared/size.ts";
import type { Guard } from "../../../src/shared/trace.ts";
import { TraceBuilder } from "../../support/graphs.ts";

const n: Polynomial = [[1, [{ kind: "symbol", name: "n" }]]];

/** ids [n] and mask [n, 2]. */
function traceWith(guards: readonly Guard[]) {
  const builder = new TraceBuilder();
  const size = builder.symbol("n", 7, "ids", 0);
  builder.leaf("input", "ids", "int64", [size]);
  builder.leaf("input", "mask", "bool", [size, 2]);
  const symbols = [
    {
      name: "n",
      hint: 7,
      axes: [
        { input: "ids", axis: 0 },
        { input: "mask", axis: 0 },
      ],
    },
  ];
  return builder.trace({}, { guards, symbols });
}

function shapes(given: Record<string, readonly number[]>) {
  return new Map(Object.entries(given).map(([name, shape]) => [name, { shape }]));
}

test("symbols take their size from the inputs", () => {
  const trace = traceWith([]);
  const bindings = bindSymbols(trace, shapes({ ids: [11], mask: [11, 2] }));
  assert.deepEqual([...bindings], [["n", 11]]);
  assert.deepEqual([...bindSymbols(trace, shapes({ mask: [4, 2] }))], [["n", 4]]);
});

test("two axes of one symbol have to agree, and the error names the input", () => {
  const disagree = shapes({ ids: [11], mask: [12, 2] });
  assert.throws(
    () => bindSymbols(traceWith([]), disagree),
    (error: unknown) =>
      error instanceof InputShapeError &&
      error.input === "mask" &&
      error.message === "mask has 12 on axis 0, but ids has 11 on axis 0: both are n and must be equal.",
  );
  assert.throws(
    () => bindSymbols(traceWith([]), shapes({ ids: [] })),
    /ids has 0 axes; its axis 0 should be n/,
  );
});

test("a guard is violated when its comparison comes out differently", () => {
  const isEven: Guard = {
    kind: "size",
    comparison: "eq",
    left: [[1, [{ kind: "mod", left: n, right: [[2, []]] }]]],
    right: [],
    result: false,
    place: null,
  };
  const isLong: Guard = {
    kind: "size",
    comparison: "gt",
    left: n,
    right: [[8, []]],
    result: false,
    place: null,
  };
  const onData: Guard = {
    kind: "size",
    comparison: "lt",
    left: [[1, [{ kind: "size", value: 0, axis: 0 }]]],
    right: n,
    result: true,
    place: null,
  };
  const trace = traceWith([isEven, isLong, onData]);
  assert.deepEqual(violatedGuards(trace, new Map([["n", 7]])), []);
  assert.deepEqual(violatedGuards(trace, new Map([["n", 8]])), [isEven]);
  assert.deepEqual(violatedGuards(trace, new Map([["n", 10]])), [isEven, isLong]);
});

test("guards on data compare what the run gave", () => {
  const guard = (result: Guard["result"]): Guard =>
    ({ kind: "data", value: 5, result, place: null }) as Guard;
  const given = (dtype: DType, data: Uint8Array, shape: number[]) =>
    new Map<number, Tensor>([[5, { dtype, shape, data }]]);
  const flag = given("bool", Uint8Array.of(1), []);
  assert.equal(violatedDataGuard(traceWith([guard(true)]), flag), null);
  assert.equal(violatedDataGuard(traceWith([guard(false)]), flag)?.guard, 0);
  const list = given("int64", new Uint8Array(BigInt64Array.of(3n, 4n).buffer), [2]);
  assert.equal(violatedDataGuard(traceWith([guard([3, 4])]), list), null);
  assert.deepEqual(violatedDataGuard(traceWith([guard([3, 4]), guard([3, 5])]), list), {
    guard: 1,
    answers: [
      [3, 4],
      [3, 4],
    ],
  });
  assert.equal(violatedDataGuard(traceWith([guard([3])]), list)?.guard, 0);
});
