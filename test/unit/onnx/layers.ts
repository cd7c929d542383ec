import { fill, type Numbers } from "../../../src/runtime/primitives/numbers.ts";
import { seeded, TraceBuilder } from "../../support/graphs.ts";

export const LAYERS = 4;
const WIDTH = 4;
const random = seeded(3);

/**
 * Embedding, a mask made once, and layers of softmax(x + mask) · x-like mixing in a module list: everything that a
 * transformer passes from layer to layer.
 */
export function layeredTrace() {
  const builder = new TraceBuilder();
  const n = builder.symbol("n", 7, "ids", 0);
  const [vector, square] = [
    [n, WIDTH],
    [n, n],
  ];
  const ids = builder.leaf("input", "ids", "int64", [n]);
  const embed = builder.leaf("parameter", "embed.weight", "float32", [6, WIDTH]);
  builder.enter("layers", "ModuleList");
  for (let i = 0; i < LAYERS; i++) builder.enter(`layers.${i}`, "Layer");

  builder.enter("");
  let hidden = builder.name(
    "embedded",
    builder.apply("gather", { dim: 0 }, [embed, ids], ["float32", vector]),
  );
  const low = builder.apply("const", { data: ["-Infinity"] }, [], ["float32", []]);
  const full = builder.apply("fill", { shape: square }, [low], ["float32", square]);
  const mask = builder.apply("trilu", { upper: true, diagonal: 1 }, [full], ["float32", square]);
  const scores: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < LAYERS; i++) {
    builder.enter(`layers.${i}`);
    const projection = builder.leaf("parameter", `layers.${i}.weight`, "float32", [WIDTH, WIDTH]);
    const key = builder.apply("linear", {}, [hidden, projection, null], ["float32", vector]);
    const turned = builder.apply("permute", { permutation: [1, 0] }, [key], ["float32", [WIDTH, n]]);
    const dot = builder.apply("matmul", {}, [hidden, turned], ["float32", square]);
    const masked = builder.apply("add", {}, [dot, mask], ["float32", square]);
    const weight = builder.apply("softmax", { dim: 1 }, [masked], ["float32", square]);
    const mixed = builder.apply("matmul", {}, [weight, hidden], ["float32", vector]);
    hidden = builder.name(`layers.${i}`, builder.apply("add", {}, [hidden, mixed], ["float32", vector]));
    scores.push(builder.name(`layers.${i}:scores#0`, masked));
    weights.push(builder.name(`layers.${i}:weights#0`, weight));
  }
  builder.enter("");
  const logits = builder.apply("linear", {}, [hidden, embed, null], ["float32", [n, 6]]);
  return { trace: builder.trace({ logits }), logits, scores, weights, hidden, mask };
}

export const LAYER_WEIGHTS: Readonly<Record<string, Numbers>> = {
  "embed.weight": noise([6, WIDTH]),
  ...Object.fromEntries(
    Array.from({ length: LAYERS }, (_, i) => [`layers.${i}.weight`, noise([WIDTH, WIDTH])]),
  ),
};

function noise(shape: readonly number[]): Numbers {
  return fill("float32", shape, () => 2 * random() - 1);
}
