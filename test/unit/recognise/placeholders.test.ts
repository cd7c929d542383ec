import assert from "node:assert/strict";
import { test } from "node:test";
import { panelInputs } from "../../../src/runtime/panel/inputs.ts";
import { placeholders } from "../../../src/runtime/recognise/placeholders.ts";
import { numbers } from "../../../src/runtime/session/numbers.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { EvaluatedModel } from "../../support/evaluated-model.ts";
import { sequence, TraceBuilder } from "../../support/trace-builder.ts";

const S = sequence(7);
const [ID, PARTS, WIDTH] = [90, 4, 8];

/** A text whose vectors are replaced where the ids are 90, as `masked_scatter` does it. */
function captioning(medium: "picture" | "table"): Trace {
  const b = new TraceBuilder();
  const ids = b.input("input_ids", [1, S], "int64");
  const words = b.operation("gather", [b.parameter("words", [99, WIDTH]), ids], { dim: 0 }, [1, S, WIDTH]);
  const pixels = b.input("pixel_values", [1, 3, 4, 4]);
  const patches = b.operation("reshape", [pixels], { shape: [PARTS, 12] }, [PARTS, 12]);
  const parts =
    medium === "picture"
      ? b.linear(patches, "projection", [PARTS, WIDTH], 12, WIDTH)
      : b.parameter("learned", [PARTS, WIDTH]);
  const mask = b.operation("eq", [ids, b.constant(ID)], {}, [1, S], "bool");
  const wide = b.operation("expand", [mask], { shape: [1, S, WIDTH] }, [1, S, WIDTH], "bool");
  const counted = b.operation("cast", [wide], { to: "int64" }, [1, S, WIDTH], "int64");
  const order = b.operation("cumsum", [counted], { dim: 1 }, [1, S, WIDTH], "int64");
  const flat = b.operation("reshape", [parts], { shape: [PARTS * WIDTH] }, [PARTS * WIDTH]);
  const taken = b.operation("gather", [flat, order], { dim: 0 }, [1, S, WIDTH]);
  b.operation("where", [wide, taken, words], {}, [1, S, WIDTH]);
  return b.build();
}

test("a token whose vectors come from a picture is found, with the number of its parts", () => {
  assert.deepEqual(placeholders(captioning("picture"), new Map()), [
    { id: ID, count: PARTS, argument: "pixel_values" },
  ]);
});

test("vectors that no input gives are no placeholders", () => {
  assert.deepEqual(placeholders(captioning("table"), new Map()), []);
});

test("a text is given as many of them as the picture has parts, where the reader wrote one or in front", async () => {
  const model = new EvaluatedModel(captioning("picture"));
  const { inputs, tokens, stands } = await panelInputs(model, "one two", 0);
  const ids = [...(numbers(inputs.input_ids!) as ArrayLike<number> & Iterable<number>)];
  assert.deepEqual(ids.slice(0, PARTS), [ID, ID, ID, ID]);
  assert.equal(tokens.length, PARTS + 2);
  assert.deepEqual(stands, [{ start: 0, count: PARTS, argument: "pixel_values" }]);

  model.tokenize = async () => [
    { id: 5, text: "one" },
    { id: ID, text: "<image>" },
    { id: 6, text: "two" },
  ];
  const written = await panelInputs(model, "one <image> two", 0);
  assert.deepEqual(
    written.tokens.map(({ id }) => id),
    [5, ID, ID, ID, ID, 6],
  );
  assert.deepEqual(written.stands, [{ start: 1, count: PARTS, argument: "pixel_values" }]);
});
