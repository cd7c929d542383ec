import type { Trace } from "../../src/shared/trace.ts";
import { sequence, TraceBuilder } from "./trace-builder.ts";

export interface AttentionOptions {
  readonly heads?: number;
  readonly keyValueHeads?: number;
  /** One product gives query, key and value. */
  readonly fused?: boolean;
  /** Keys and values come from other hidden states. */
  readonly cross?: boolean;
  readonly causal?: boolean;
  /** Where 1/√d is applied. */
  readonly scale?: "scores" | "query" | "none";
  readonly variables?: { readonly query: string; readonly weights: string; readonly output: string };
  readonly sha256?: string;
}

const S = sequence(7);
const SIZE = 8;

/** A language model with one attention and a head, as the tracer would write it. */
export function attentionTrace(options: AttentionOptions = {}): Trace {
  const { heads = 4, causal = true, scale = "scores" } = options;
  const keyValueHeads = options.keyValueHeads ?? heads;
  const names = options.variables ?? { query: "query", weights: "weights", output: "output" };
  const width = heads * SIZE;
  const b = new TraceBuilder();
  b.sha256 = options.sha256 ?? "0";
  const ids = b.input("input_ids", [1, S], "int64");
  b.within("embed", "Embedding");
  const hidden = b.name(
    null,
    b.operation("gather", [b.parameter("embed.weight", [100, width]), ids], { dim: 0 }, [1, S, width]),
  );
  const other = options.cross ? b.input("encoder_hidden_states", [1, S, width]) : hidden;
  b.within("layers.0.attn", "Whatever");

  const split = (x: number, count: number) => {
    const view = b.operation("reshape", [x], { shape: [1, S, count, SIZE] }, [1, S, count, SIZE]);
    return b.operation("permute", [view], { permutation: [0, 2, 1, 3] }, [1, count, S, SIZE]);
  };
  const project = (x: number, weight: string, count: number) =>
    split(b.linear(x, weight, [1, S, count * SIZE], width, count * SIZE), count);
  let q: number;
  let k: number;
  let v: number;
  if (options.fused) {
    const all = b.linear(hidden, "qkv", [1, S, 3 * width], width, 3 * width);
    const third = (i: number) =>
      split(
        b.operation("slice", [all], { dim: 2, start: i * width, end: (i + 1) * width, step: 1 }, [
          1,
          S,
          width,
        ]),
        heads,
      );
    [q, k, v] = [third(0), third(1), third(2)];
  } else {
    q = project(hidden, "q", heads);
    k = project(other, "k", keyValueHeads);
    v = project(other, "v", keyValueHeads);
  }
  b.name(names.query, q);
  const repeat = (x: number) => {
    if (keyValueHeads === heads) return x;
    const times = heads / keyValueHeads;
    const wide = b.operation("reshape", [x], { shape: [1, keyValueHeads, 1, S, SIZE] }, [
      1,
      keyValueHeads,
      1,
      S,
      SIZE,
    ]);
    const shape = [1, keyValueHeads, times, S, SIZE];
    const expanded = b.operation("expand", [wide], { shape }, shape);
    return b.operation("reshape", [expanded], { shape: [1, heads, S, SIZE] }, [1, heads, S, SIZE]);
  };
  const keys = repeat(k);
  const values = repeat(v);
  const transposed = b.operation("permute", [keys], { permutation: [0, 1, 3, 2] }, [1, heads, SIZE, S]);
  const square = [1, heads, S, S];
  const factor = () => b.constant(1 / Math.sqrt(SIZE));
  const asked = scale === "query" ? b.operation("mul", [q, factor()], {}, [1, heads, S, SIZE]) : q;
  let scores = b.operation("matmul", [asked, transposed], {}, square);
  if (scale === "scores") scores = b.operation("mul", [scores, factor()], {}, square);
  if (causal) {
    const counted = b.operation("range", [], { start: 0, step: 1, count: S }, [S], "int64");
    const column = b.operation("reshape", [counted], { shape: [S, 1] }, [S, 1], "int64");
    const allowed = b.operation("le", [counted, column], {}, [S, S], "bool");
    const mask = b.operation("where", [allowed, b.constant(0), b.constant(-3e38)], {}, [S, S]);
    scores = b.operation("add", [scores, mask], {}, square);
  }
  const weights = b.name(names.weights, b.operation("softmax", [scores], { dim: 3 }, square));
  const context = b.name(names.output, b.operation("matmul", [weights, values], {}, [1, heads, S, SIZE]));
  const back = b.operation("permute", [context], { permutation: [0, 2, 1, 3] }, [1, S, heads, SIZE]);
  const joined = b.operation("reshape", [back], { shape: [1, S, width] }, [1, S, width]);
  const projected = b.name("projected", b.linear(joined, "o", [1, S, width], width, width));
  b.within("head", "Linear");
  b.output("logits", b.name(null, b.linear(projected, "head.weight", [1, S, 100], width, 100)));
  return b.build();
}
