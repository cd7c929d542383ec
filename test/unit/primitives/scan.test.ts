import assert from "node:assert/strict";
import { test } from "node:test";
import { lower } from "../../../src/runtime/onnx/lower.ts";
import { decodeModel } from "../../../src/runtime/onnx/schema.ts";
import { evaluate } from "../../../src/runtime/primitives/evaluate.ts";
import type { Numbers } from "../../../src/runtime/primitives/numbers.ts";
import type { ScanBody } from "../../../src/shared/primitives.ts";
import { differenceOf, type Size, sumOf } from "../../../src/shared/size.ts";
import type { Operation, Trace } from "../../../src/shared/trace.ts";
import { NO_WEIGHTS, runGraph, TraceBuilder } from "../../support/graphs.ts";
import { some } from "./support.ts";

interface Loop {
  readonly trace: Trace;
  readonly final: number;
  readonly states: number;
  readonly numbers: number;
}

/**
 * state = state / 2 + (the row of `x` at the step) · step, over an `x` of [batch, rows, 3]. `start` is where the row is
 * taken; `narrow` whether its axis is taken away before it is used.
 */
function loop(start: (step: Size, rows: Size) => Size, first: number, narrow: boolean): Loop {
  const builder = new TraceBuilder();
  const rows = builder.symbol("rows", 5, "x", 1);
  const x = builder.leaf("input", "x", "float32", [2, rows, 3]);
  const piece = narrow ? [2, 3] : [2, 1, 3];
  const zero = builder.apply("const", { data: [0.5] }, [], ["float32", []]);
  const initial = builder.apply("fill", { shape: piece }, [zero], ["float32", piece]);

  const value = (dtype: "float32" | "int64", shape: readonly Size[]) =>
    builder.values.push({ dtype, shape }) - 1;
  const operations: Operation[] = [];
  const apply = (primitive: Operation["primitive"], attributes: object, inputs: number[], output: number) => {
    operations.push({ primitive, inputs, outputs: [output], attributes, call: null } as unknown as Operation);
    return output;
  };
  const step = value("int64", []);
  const state = value("float32", piece);
  const at: Size = { poly: [[1, [{ kind: "item", value: step, index: 0 }]]], hint: 1 };
  const from = start(at, rows);
  let row = apply(
    "slice",
    { dim: 1, start: from, end: sumOf(from, 1), step: 1 },
    [x],
    value("float32", [2, 1, 3]),
  );
  if (narrow) row = apply("reshape", { shape: [2, 3] }, [row], value("float32", [2, 3]));
  const number = apply("size", { value: at }, [], value("int64", []));
  const weight = apply("cast", { to: "float32" }, [number], value("float32", []));
  const added = apply("mul", {}, [row, weight], value("float32", piece));
  const halved = apply("mul", {}, [state, zero], value("float32", piece));
  const next = apply("add", {}, [halved, added], value("float32", piece));

  const count = sumOf(rows, -first);
  const body: ScanBody = { step, carried: [{ value: state, next }], operations, outputs: [next, number] };
  const final = builder.apply(
    "scan",
    { first, count, body },
    [initial, x, zero],
    ["float32", piece],
    ["float32", [count, ...piece]],
    ["int64", [count]],
  );
  return { trace: builder.trace({ final }), final, states: final + 1, numbers: final + 2 };
}

async function agree({ trace }: Loop, outputs: readonly number[], rows: number): Promise<Numbers[]> {
  const x = some("float32", [2, rows, 3]);
  const input = trace.values.findIndex(({ leaf }) => leaf !== undefined);
  const evaluated = evaluate(trace, new Map([[input, x]]), outputs, new Map([["rows", rows]]));
  const lowered = await runGraph(lower(trace, NO_WEIGHTS, { outputs }), { x });
  for (const output of outputs) {
    const [expected, actual] = [evaluated.get(output)!, lowered.get(output)!];
    assert.deepEqual(actual.shape, expected.shape);
    expected.data.forEach((number, i) => {
      assert.ok(
        Math.abs(actual.data[i]! - number) < 1e-4,
        `element ${i} is ${actual.data[i]}, not ${number}`,
      );
    });
  }
  return outputs.map(output => evaluated.get(output)!);
}

const STARTS: Readonly<Record<string, (step: Size, rows: Size) => Size>> = {
  forwards: step => step,
  backwards: (step, rows) => differenceOf(sumOf(rows, -1), step),
};

for (const [way, start] of Object.entries(STARTS)) {
  for (const narrow of [true, false]) {
    test(`a loop ${way} over rows ${narrow ? "without" : "with"} their axis, of any number of steps`, async () => {
      for (const first of [0, 1]) {
        const made = loop(start, first, narrow);
        for (const rows of [2, 5, 9]) {
          const [final, states, numbers] = await agree(made, [made.final, made.states, made.numbers], rows);
          assert.deepEqual(states!.data.slice(-final!.data.length), final!.data);
          assert.deepEqual(
            [...numbers!.data],
            Array.from({ length: rows - first }, (_, i) => first + i),
          );
        }
      }
    });
  }
}

test("rows before the step, and what is not asked for", async () => {
  const made = loop(step => sumOf(step, -1), 1, true);
  await agree(made, [made.final], 6);
  await agree(made, [made.numbers], 6);
  const few = lower(made.trace, NO_WEIGHTS, { outputs: [made.numbers] });
  const all = lower(made.trace, NO_WEIGHTS, { outputs: [made.numbers, made.states] });
  assert.ok(few.nodeCount < all.nodeCount);
});

test("each iteration is given its row, and computes only what depends on the step", () => {
  const made = loop(step => step, 0, true);
  const { graph } = decodeModel(lower(made.trace, NO_WEIGHTS, { outputs: [made.final] }).bytes);
  const scan = graph.node.find(({ opType }) => opType === "Scan")!;
  const body = scan.attribute.find(({ name }) => name === "body")!.g!;
  assert.equal(body.input.length, 3);
  const inside = body.node.map(({ opType }) => opType);
  assert.ok(!inside.includes("Slice") && !inside.includes("Shape"), inside.join());
  assert.equal(inside.filter(operator => operator === "Mul").length, 2);
  assert.equal(inside.filter(operator => operator === "Add").length, 1);
});
