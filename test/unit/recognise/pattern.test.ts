import assert from "node:assert/strict";
import { test } from "node:test";
import { dataFlowOf } from "../../../src/runtime/recognise/graph.ts";
import { modulesOf } from "../../../src/runtime/recognise/modules.ts";
import {
  bind,
  everyPath,
  number,
  occurrences,
  operation,
  parameter,
  through,
} from "../../../src/runtime/recognise/pattern.ts";
import { sequence, TraceBuilder } from "../../support/trace-builder.ts";

const S = sequence(7);
const x = bind("x");

/** relu(x) · w + x · x, and x · y. */
function sums() {
  const b = new TraceBuilder();
  const input = b.input("x", [1, S, 8]);
  const other = b.input("y", [1, S, 8]);
  const weight = b.parameter("w", [8]);
  const positive = b.operation("relu", [input], {}, [1, S, 8]);
  const left = b.operation("mul", [positive, weight], {}, [1, S, 8]);
  const cast = b.operation("cast", [input], { to: "float32" }, [1, S, 8]);
  const right = b.operation("mul", [cast, input], {}, [1, S, 8]);
  b.output("0", b.operation("add", [left, right], {}, [1, S, 8]));
  b.output("1", b.operation("mul", [input, other], {}, [1, S, 8]));
  return { flow: dataFlowOf(b.build()), input, left, right };
}

test("a name that is bound twice is the same value, changes of type passed over", () => {
  const { flow, input, right } = sums();
  const squares = occurrences(flow, operation("mul", [x, x]));
  assert.deepEqual(
    squares.map(({ bound, operations }) => [bound.x, operations[0]!.outputs[0]]),
    [[input, right]],
  );
});

test("products and sums fit in either order, and parameters are told from values", () => {
  const { flow, left } = sums();
  const weighed = occurrences(flow, operation("mul", [parameter, operation("relu", [x])]));
  assert.deepEqual(
    weighed.map(({ operations }) => operations[0]!.outputs[0]),
    [left],
  );
});

test("through passes chosen operations only, and no more than it may", () => {
  const b = new TraceBuilder();
  const input = b.input("x", [1, S, 8]);
  const exponential = b.operation("exp", [input], {}, [1, S, 8]);
  const once = b.operation("neg", [exponential], {}, [1, S, 8]);
  const twice = b.operation("neg", [once], {}, [1, S, 8]);
  b.output("0", b.operation("abs", [twice], {}, [1, S, 8]));
  const flow = dataFlowOf(b.build());
  const found = (most: number) =>
    occurrences(flow, operation("abs", [through(["neg"], operation("exp", [x]), most)])).length;
  assert.deepEqual([found(1), found(2)], [0, 1]);
  assert.equal(occurrences(flow, operation("abs", [through(["relu"], operation("exp"))])).length, 0);
});

test("everyPath wants all of a value to come from one place", () => {
  const { flow } = sums();
  const elementwise = new Set(["add", "mul", "relu"] as const);
  const made = everyPath({ through: elementwise, to: x });
  assert.equal(occurrences(flow, operation("add", [operation("mul", [x, x]), made])).length, 1);
  const relus = everyPath({ through: elementwise, to: operation("relu") });
  assert.equal(occurrences(flow, operation("add", [relus, operation("mul", [x, x])])).length, 1);
  assert.equal(occurrences(flow, operation("add", [relus, relus])).length, 0);
  const passing = everyPath({
    through: elementwise,
    to: operation("relu"),
    passing: new Set(["mul"] as const),
  });
  assert.equal(occurrences(flow, operation("add", [passing, x])).length, 1);
  assert.equal(occurrences(flow, operation("add", [passing, passing])).length, 0);
});

test("numbers of the source are told from others", () => {
  const b = new TraceBuilder();
  const input = b.input("x", [1, S, 8]);
  b.output("0", b.operation("pow", [input, b.constant(2)], {}, [1, S, 8]));
  b.output("1", b.operation("pow", [input, b.constant(3)], {}, [1, S, 8]));
  const flow = dataFlowOf(b.build());
  assert.equal(occurrences(flow, operation("pow", [x, number(each => each === 2)])).length, 1);
  assert.equal(occurrences(flow, operation("pow", [x, number()])).length, 2);
});

test("what a loop does in each iteration is recognised as if it stood there", () => {
  const b = new TraceBuilder();
  const input = b.input("x", [1, S, 8]);
  b.within("mixer", "Thing");
  const traced = b.build();
  const place = (primitive: string, inputs: number[], output: number, attributes = {}) => ({
    primitive,
    inputs,
    outputs: [output],
    attributes,
    call: 0,
  });
  const value = (shape: (number | typeof S)[]) => ({ dtype: "float32", shape });
  // 1 step, 2 state, 3 state · σ(state); 4 the last state, 5 all of them.
  const trace = {
    ...traced,
    values: [
      ...traced.values,
      { dtype: "int64", shape: [] },
      value([1, 8]),
      value([1, 8]),
      value([1, 8]),
      value([1, 8]),
      value([S, 1, 8]),
    ],
    calls: [{ function: "torch.f", module: 1, places: [], results: [], alias: false }],
    operations: [
      {
        primitive: "scan",
        inputs: [input],
        outputs: [5, 6],
        attributes: {
          first: 0,
          count: S,
          body: {
            step: 1,
            carried: [{ value: 2, next: 4 }],
            operations: [place("sigmoid", [input], 3), place("mul", [input, 3], 4)],
            outputs: [4],
          },
        },
        call: 0,
      },
    ],
  } as unknown as typeof traced;
  assert.deepEqual(modulesOf(trace, "activation-function"), ["mixer"]);
});
