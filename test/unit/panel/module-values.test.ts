import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleValues } from "../../../src/runtime/panel/module-values.ts";
import { sequence, TraceBuilder } from "../../support/trace-builder.ts";

const S = sequence(7);

test("a line that calls two modules shows what each returns, and the arithmetic between them", () => {
  const b = new TraceBuilder();
  const x = b.input("x", [1, S, 8]);
  b.within("mlp", "MLP").within("mlp.gate", "Linear");
  const gate = b.name(null, b.linear(x, "gate", [1, S, 16], 8, 16));
  b.within("mlp.up", "Linear");
  const up = b.name(null, b.linear(x, "up", [1, S, 16], 8, 16));
  b.within("mlp");
  const moved = b.operation("reshape", [gate], { shape: [1, S, 16] }, [1, S, 16]);
  const product = b.operation("mul", [moved, up], {}, [1, S, 16]);
  b.within("mlp.down", "Linear");
  const down = b.name(null, b.linear(product, "down", [1, S, 8], 16, 8));
  b.within("mlp");
  b.name("result", down);
  b.name(null, down);
  assert.deepEqual(
    moduleValues(b.build(), "mlp").map(({ id, label, value }) => [id, label, value]),
    [
      ["mlp.gate", "gate", gate],
      ["mlp.up", "up", up],
      ["mlp:@mul#0", "mul", product],
      ["mlp:result#0", "result", down],
    ],
  );
});

test("modules in a list are steps of their parent, what is inside them is not", () => {
  const b = new TraceBuilder();
  const x = b.input("x", [1, S, 8]);
  b.within("layers.0", "Layer").within("layers.0.inner", "Linear");
  const inner = b.name(null, b.linear(x, "w", [1, S, 8], 8, 8));
  b.within("layers.0");
  const layer = b.name(null, b.operation("add", [inner, x], {}, [1, S, 8]));
  b.output("0", layer);
  assert.deepEqual(
    moduleValues(b.build(), "").map(each => each.label),
    ["layers.0"],
  );
});
