import assert from "node:assert/strict";
import { test } from "node:test";
import { candidateInputs, guessedInputs } from "../../../src/runtime/live/guesses.ts";
import type { ForwardArgument, InputSpec, Trace } from "../../../src/shared/trace.ts";

/** A module tree of layers of torch.nn, each with its weight. */
function tree(
  layers: Readonly<Record<string, readonly [string, readonly number[]]>>,
  forward: readonly (string | ForwardArgument)[],
): Trace {
  const modules = Object.entries(layers).map(([path, [name]]) => ({
    path,
    class: name,
    classPlace: null,
    place: null,
  }));
  const parameters = Object.entries(layers).map(([path, [, shape]]) => ({ name: `${path}.weight`, shape }));
  const taken = forward.map(each => (typeof each === "string" ? { name: each, required: true } : each));
  return { modules, parameters, forward: taken } as unknown as Trace;
}

const text = ({ name, dtype, shape }: InputSpec) =>
  `${name}: ${dtype}[${shape.map(size => (typeof size === "number" ? size : size.symbol)).join(", ")}]`;
const first = (specs: readonly (readonly InputSpec[])[]) => specs[0]!.map(text);

test("what the first layer takes is the likeliest", () => {
  assert.deepEqual(first(guessedInputs(tree({ fc: ["Linear", [8, 5]] }, ["x"]), {})), [
    "x: float32[batch_size, sequence, 5]",
  ]);
  assert.deepEqual(first(guessedInputs(tree({ wte: ["Embedding", [9, 5]] }, ["inp"]), {})), [
    "inp: int64[batch_size, sequence]",
  ]);
  assert.deepEqual(first(guessedInputs(tree({ cut: ["Conv2d", [8, 3, 4, 4]] }, ["x"]), {})), [
    "x: float32[batch_size, 3, 224, 224]",
  ]);
});

test("an image is as large as the patches that a table has rows for", () => {
  const vision = {
    cut: ["Conv2d", [8, 3, 14, 14]],
    places: ["Embedding", [257, 8]],
  } as const;
  assert.deepEqual(first(guessedInputs(tree(vision, ["image"]), {})), [
    "image: float32[batch_size, 3, 224, 224]",
  ]);
  const small = { ...vision, places: ["Embedding", [36, 8]] } as const;
  assert.deepEqual(first(guessedInputs(tree(small, ["image"]), {})), [
    "image: float32[batch_size, 3, 84, 84]",
  ]);
});

test("arguments whose sizes nobody knows are guessed, not left out", () => {
  const argument = { name: "pixel_values", required: false };
  const found = candidateInputs(tree({ cut: ["Conv2d", [8, 3, 4, 4]] }, [argument]), {});
  assert.deepEqual(first(found), ["pixel_values: float32[batch_size, 3, 224, 224]"]);
});

test("a name or an annotation comes before layers", () => {
  const linear = { fc: ["Linear", [8, 5]] } as const;
  assert.deepEqual(first(guessedInputs(tree(linear, ["images"]), { image_size: 48 })), [
    "images: float32[batch_size, 3, 48, 48]",
  ]);
  const annotated = { name: "x", required: true, annotation: 'Float[Tensor, "batch 4 seq d_model"]' };
  assert.deepEqual(first(guessedInputs(tree(linear, [annotated]), { d_model: 6 })), [
    "x: float32[batch_size, 4, sequence, 6]",
  ]);
  assert.deepEqual(first(guessedInputs(tree(linear, ["q", "kv", "mask"]), {})), [
    "q: float32[batch_size, sequence, 5]",
    "kv: float32[batch_size, sequence, 5]",
    "mask: bool[sequence, sequence]",
  ]);
});

test("a diffusion takes a time and a label for each row", () => {
  const cut = { cut: ["Conv2d", [8, 4, 2, 2]] } as const;
  assert.deepEqual(
    first(guessedInputs(tree(cut, ["x", "t", "y"]), { input_size: 32, in_channels: 4 }))?.slice(1),
    ["t: int64[batch_size]", "y: int64[batch_size]"],
  );
});

test("a decoder beside its encoder takes ids, and what the encoder computed", () => {
  const decoder = { embed: ["Embedding", [9, 8]], fc: ["Linear", [5, 8]] } as const;
  const found = guessedInputs(tree(decoder, ["trg", "enc_src"]), {}).map(specs => specs.map(text).join(", "));
  assert.ok(
    found.includes("trg: int64[batch_size, sequence], enc_src: float32[batch_size, sequence, 8]"),
    found.join("\n"),
  );
});

test("what a call in the source gives comes before any guess", () => {
  const example = { dtype: "float32", shape: [2, 7] } as const;
  const sampled = tree({ fc: ["Linear", [8, 5]] }, [{ name: "x", required: true, example }]);
  assert.deepEqual(
    candidateInputs(sampled, {}).map(specs => specs.map(text)),
    [["x: float32[batch_size, 7]"]],
  );
});

test("a forward without arguments is guessed nothing for", () => {
  assert.deepEqual(guessedInputs(tree({ fc: ["Linear", [8, 5]] }, []), {}), []);
  assert.throws(() => candidateInputs(tree({}, []), {}), /None of forward's arguments/);
});
