import assert from "node:assert/strict";
import { test } from "node:test";
import ort from "onnxruntime-node";
import { cachedAttentions } from "../../../src/runtime/onnx/fused/cached-attention.ts";
import { isCausal } from "../../../src/runtime/onnx/fused/causal.ts";
import { lastPositionOf } from "../../../src/runtime/onnx/fused/last-position.ts";
import { lower } from "../../../src/runtime/onnx/lower.ts";
import { fill, toTensor } from "../../../src/runtime/primitives/numbers.ts";
import type { Scalar } from "../../../src/shared/primitives.ts";
import type { Size } from "../../../src/shared/size.ts";
import { runGraph, seeded, symbolSize, TraceBuilder } from "../../support/graphs.ts";
import { checkpointOf } from "../../support/weights.ts";

const [HEADS, KEY_HEADS, WIDTH] = [4, 2, 8];
const HIDDEN = HEADS * WIDTH;

interface Choices {
  /** Tokens back that are seen; all where it is left out. */
  readonly window?: number;
  /** The sine's halves differ, as in no rotation. */
  readonly uneven?: boolean;
  /** The weights are returned too. */
  readonly returned?: boolean;
}

/** Grouped-query attention with rotary embeddings over a cache, and a projection to logits. */
function attentionTrace({ window, uneven, returned }: Choices = {}) {
  const builder = new TraceBuilder();
  const tokens = builder.symbol("sequence", 7, "x", 1);
  const past = builder.symbol("past", 5, "past_key_values.0.key", 2);
  const length: Size = {
    poly: [
      [1, [{ kind: "symbol", name: "past" }]],
      [1, [{ kind: "symbol", name: "sequence" }]],
    ],
    hint: 12,
  };
  const float = (shape: readonly Size[]) => ["float32", shape] as const;
  const number = (data: Scalar) => builder.apply("const", { data: [data] }, [], float([]));
  const x = builder.leaf("input", "x", "float32", [1, tokens, HIDDEN]);
  const caches = ["key", "value"].map(part =>
    builder.leaf("input", `past_key_values.0.${part}`, "float32", [1, KEY_HEADS, past, WIDTH]),
  );

  const positions = builder.apply("range", { start: past, step: 1, count: tokens }, [], ["int64", [tokens]]);
  const column = builder.apply("reshape", { shape: [tokens, 1] }, [positions], ["int64", [tokens, 1]]);
  const angle = builder.apply("cast", { to: "float32" }, [column], float([tokens, 1]));
  const slow = builder.apply("mul", {}, [angle, number(0.1)], float([tokens, 1]));
  const halves = (...parts: number[]) => builder.apply("concat", { dim: 1 }, parts, float([tokens, WIDTH]));
  const quarters = (...parts: number[]) =>
    builder.apply("concat", { dim: 1 }, parts, float([tokens, WIDTH / 2]));
  const half = quarters(angle, slow, slow, angle);
  const other = quarters(slow, angle, angle, slow);
  const cos = builder.apply("cos", {}, [halves(half, half)], float([tokens, WIDTH]));
  const sin = builder.apply("sin", {}, [halves(half, uneven ? other : half)], float([tokens, WIDTH]));

  const project = (name: string, heads: number) => {
    const weight = builder.leaf("parameter", name, "float32", [heads * WIDTH, HIDDEN]);
    const flat = builder.apply("linear", {}, [x, weight, null], float([1, tokens, heads * WIDTH]));
    const shape = [1, tokens, heads, WIDTH];
    const split = builder.apply("reshape", { shape }, [flat], float(shape));
    const permutation = [0, 2, 1, 3];
    return builder.apply("permute", { permutation }, [split], float([1, heads, tokens, WIDTH]));
  };
  const rotate = (value: number, heads: number) => {
    const shape = [1, heads, tokens, WIDTH];
    const part = (start: number) =>
      builder.apply(
        "slice",
        { dim: 3, start, end: start + WIDTH / 2, step: 1 },
        [value],
        float(shape.with(3, WIDTH / 2)),
      );
    const [first, second] = [part(0), part(WIDTH / 2)];
    const negated = builder.apply("neg", {}, [second], float(shape.with(3, WIDTH / 2)));
    const turned = builder.apply("concat", { dim: 3 }, [negated, first], float(shape));
    const straight = builder.apply("mul", {}, [value, cos], float(shape));
    return builder.apply(
      "add",
      {},
      [straight, builder.apply("mul", {}, [turned, sin], float(shape))],
      float(shape),
    );
  };
  const query = rotate(project("q", HEADS), HEADS);
  const fresh = [rotate(project("k", KEY_HEADS), KEY_HEADS), project("v", KEY_HEADS)];
  const present = caches.map((cache, i) =>
    builder.apply("concat", { dim: 2 }, [cache, fresh[i]!], float([1, KEY_HEADS, length, WIDTH])),
  );
  const [keys, values] = present.map(value => {
    const apart = [1, KEY_HEADS, 1, length, WIDTH];
    const repeated = apart.with(2, HEADS / KEY_HEADS);
    const split = builder.apply("reshape", { shape: apart }, [value], float(apart));
    const expanded = builder.apply("expand", { shape: repeated }, [split], float(repeated));
    const shape = [1, HEADS, length, WIDTH];
    return builder.apply("reshape", { shape }, [expanded], float(shape));
  }) as [number, number];

  const square = [1, HEADS, tokens, length];
  const all = builder.apply("range", { start: 0, step: 1, count: length }, [], ["int64", [length]]);
  const table = ["bool", [tokens, length]] as const;
  let seen = builder.apply("le", {}, [all, column], table);
  if (window !== undefined) {
    const back = builder.apply("const", { data: [window] }, [], ["int64", []]);
    const from = builder.apply("sub", {}, [column, back], ["int64", [tokens, 1]]);
    const near = builder.apply("gt", {}, [all, from], table);
    seen = builder.apply("and", {}, [seen, near], table);
  }
  const turnedKeys = builder.apply(
    "permute",
    { permutation: [0, 1, 3, 2] },
    [keys],
    float([1, HEADS, WIDTH, length]),
  );
  const scores = builder.apply("matmul", {}, [query, turnedKeys], float(square));
  const scaled = builder.apply("div", {}, [scores, number(2)], float(square));
  const masked = builder.apply("where", {}, [seen, scaled, number("-Infinity")], float(square));
  const weights = builder.apply("softmax", { dim: 3 }, [masked], float(square));
  const mixed = builder.apply("matmul", {}, [weights, values], float([1, HEADS, tokens, WIDTH]));
  const swapped = builder.apply(
    "permute",
    { permutation: [0, 2, 1, 3] },
    [mixed],
    float([1, tokens, HEADS, WIDTH]),
  );
  const joined = builder.apply(
    "reshape",
    { shape: [1, tokens, HIDDEN] },
    [swapped],
    float([1, tokens, HIDDEN]),
  );
  const head = builder.leaf("parameter", "head", "float32", [6, HIDDEN]);
  const logits = builder.apply("linear", {}, [joined, head, null], float([1, tokens, 6]));
  const trace = builder.trace({
    logits,
    "present.0.key": present[0]!,
    "present.0.value": present[1]!,
    ...(returned ? { weights } : {}),
  });
  return { trace, logits, seen };
}

const random = seeded(11);
const noise = (...shape: number[]) => fill("float32", shape, () => 2 * random() - 1);
const weights = await checkpointOf({
  q: noise(HIDDEN, HIDDEN),
  k: noise(KEY_HEADS * WIDTH, HIDDEN),
  v: noise(KEY_HEADS * WIDTH, HIDDEN),
  head: noise(6, HIDDEN),
});

test("fused steps that take their cache in one buffer give what the source gives for the whole text", async () => {
  const { trace, logits } = attentionTrace();
  const length = 6;
  const x = noise(1, length, HIDDEN);
  const empty = fill("float32", [1, KEY_HEADS, 0, WIDTH], () => 0);
  const whole = await runGraph(lower(trace, weights, { outputs: [logits] }), {
    x,
    "past_key_values.0.key": empty,
    "past_key_values.0.value": empty,
  });
  const expected = whole.get(logits)!.data;

  const fusions = cachedAttentions(trace);
  assert.equal(fusions.length, 1);
  const caches = fusions.flatMap(fusion => fusion.caches);
  const lastPositions = lastPositionOf(trace, logits);
  const outputs = [logits, ...caches.map(({ fresh }) => fresh)];
  const graph = lower(trace, weights, { outputs, fusions, caches, lastPositions });
  const options = { extra: { session: { model_external_initializers_file_folder_path: weights.folder } } };
  const session = await ort.InferenceSession.create(graph.bytes, { ...options, logSeverityLevel: 3 });
  const nameOf = (value: number) => graph.outputs.find(output => output.value === value)!.name;
  const room = [1, KEY_HEADS, 10, WIDTH];
  const buffers = caches.map(() => new ort.Tensor("float32", new Float32Array(KEY_HEADS * 10 * WIDTH), room));
  const size = (value: number) => new ort.Tensor("int64", BigInt64Array.of(BigInt(value)), []);
  let past = 0;
  for (const tokens of [3, 1, 2]) {
    const rows = x.data.slice(past * HIDDEN, (past + tokens) * HIDDEN);
    const feeds: Record<string, ort.Tensor> = {
      x: new ort.Tensor("float32", Float32Array.from(rows), [1, tokens, HIDDEN]),
    };
    for (const { name, source } of graph.inputs)
      if (source.kind === "symbol") feeds[name] = size(source.symbol === "past" ? past : tokens);
    caches.forEach((cache, i) => {
      feeds[trace.values[cache.past]!.leaf!.name] = buffers[i]!;
    });
    const fetched = await session.run(feeds);
    const result = fetched[nameOf(logits)]!;
    caches.forEach((cache, i) => {
      const fresh = fetched[nameOf(cache.fresh)]!;
      assert.deepEqual([cache.joined, ...fresh.dims], [true, 1, tokens, KEY_HEADS * WIDTH]);
      for (const [j, value] of [...(fresh.data as Float32Array)].entries()) {
        const [token, head] = [Math.floor(j / (KEY_HEADS * WIDTH)), Math.floor(j / WIDTH) % KEY_HEADS];
        (buffers[i]!.data as Float32Array)[(head * 10 + past + token) * WIDTH + (j % WIDTH)] = value;
      }
    });
    past += tokens;
    assert.deepEqual(result.dims, [1, 1, 6], "the last position alone");
    const last = expected.slice((past - 1) * 6, past * 6);
    for (const [i, value] of [...(result.data as Float32Array)].entries())
      assert.ok(Math.abs(value - last[i]!) < 1e-5, `logit ${i} after ${past} tokens`);
  }
  await session.release();
  assert.ok(graph.nodeCount < lower(trace, weights, { outputs }).nodeCount);
});

test("an attention is fused only where nothing asks for its inside", () => {
  assert.equal(cachedAttentions(attentionTrace({ returned: true }).trace).length, 0);
});

test("a product with two different angles is no rotation, and stays as it is", () => {
  const [even, uneven] = [{}, { uneven: true }].map(
    choices => cachedAttentions(attentionTrace(choices).trace)[0]!,
  );
  // The linear projection and the two tables, or the one value that is computed from them.
  assert.equal(uneven!.inputs.length, even!.inputs.length - 4);
});

test("the kernel's mask is compared with the source's at every size that runs", async () => {
  const answers = async (choices: Choices, tokens: number, past: number) => {
    const { trace } = attentionTrace(choices);
    const [attention] = cachedAttentions(trace);
    const [mask] = attention!.masks;
    const graph = lower(trace, weights, { outputs: [mask!.value] });
    const size = (value: number) => fill("int64", [], () => value);
    const values = await runGraph(graph, { "size.sequence": size(tokens), "size.past": size(past) });
    return isCausal([{ kind: mask!.kind, tensor: toTensor(values.get(mask!.value)!) }], tokens, past);
  };
  assert.equal(await answers({}, 6, 0), true);
  assert.equal(await answers({}, 1, 9), true);
  assert.equal(await answers({ window: 4 }, 4, 0), true);
  assert.equal(await answers({ window: 4 }, 5, 0), false);
  assert.equal(await answers({ window: 4 }, 1, 4), false);
});

test("an added mask hides with numbers that weigh nothing, and no others", () => {
  const mask = (...rows: number[][]) => {
    const flat = rows.flat();
    const tensor = toTensor(fill("float32", [1, 1, rows.length, rows[0]!.length], i => flat[i]!));
    return isCausal([{ kind: "added", tensor }], rows.length, 0);
  };
  assert.equal(mask([0, -1e9], [0, 0]), true);
  assert.equal(mask([0, Number.NEGATIVE_INFINITY], [0, 0]), true);
  assert.equal(mask([0, -3], [0, 0]), false);
  assert.equal(mask([0, -1e9], [0.5, 0]), false);
  assert.equal(mask([0, 0], [0, 0]), false);
});

test("only a projection that nothing else reads is cut down to the last position", () => {
  const builder = new TraceBuilder();
  const n = symbolSize("n", 7);
  const x = builder.leaf("input", "x", "float32", [1, n, 4]);
  const head = builder.leaf("parameter", "head", "float32", [6, 4]);
  const float = ["float32", [1, n, 6]] as const;
  const projected = builder.apply("linear", {}, [x, head, null], float);
  const capped = builder.apply("tanh", {}, [projected], float);
  assert.deepEqual([...lastPositionOf(builder.trace({ capped }), capped)], [capped, projected]);
  const sum = builder.apply(
    "reduce",
    { kind: "sum", dims: [1], keepdim: false },
    [projected],
    ["float32", [1, 6]],
  );
  assert.equal(lastPositionOf(builder.trace({ capped, sum }), capped).size, 0);
});
