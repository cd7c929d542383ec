import type { Size } from "../../../shared/size.ts";
import type { Operation, Trace } from "../../../shared/trace.ts";
import type { Lowering } from "../../primitives/primitive.ts";
import { attributes, type DataFlow, dataFlowOf } from "../../recognise/graph.ts";
import { MICROSOFT } from "../builder.ts";
import type { Fusion } from "./fusion.ts";
import { type Mask, maskingOf } from "./mask.ts";
import { type Rotary, rotaryOf } from "./rotary.ts";

/** Keys or values of every token so far, which a step takes in a buffer that has room for more. */
export interface InPlaceCache {
  /** The input, [batch, heads, past, width]; in the buffer, past is the capacity. */
  readonly past: number;
  /** What a step adds to it, [batch, heads, tokens, width]. */
  readonly fresh: number;
  /** Whether a graph gives `fresh` as [batch, tokens, heads · width]. */
  readonly joined: boolean;
  /** Both, which is what forward returns. */
  readonly present: number;
}

/**
 * softmax(q·kᵀ·scale + mask)·v over keys and values of a cache, as GroupQueryAttention computes it. That kernel lets a token
 * see itself and what is before it: whoever runs it checks `masks` first.
 */
export interface CachedAttention extends Fusion {
  readonly caches: readonly [keys: InPlaceCache, values: InPlaceCache];
  readonly masks: readonly Mask[];
}

/**
 * The attentions of a trace that are given a cache. None unless all of the cache is theirs: a graph takes its buffers either
 * whole or exactly filled.
 */
export function cachedAttentions(trace: Trace): readonly CachedAttention[] {
  const flow = dataFlowOf(trace);
  const found = trace.operations.flatMap(operation => {
    const attention = operation.primitive === "softmax" ? attentionAt(flow, operation) : null;
    return attention ? [attention] : [];
  });
  const covered = new Set(found.flatMap(({ caches }) => caches.map(({ past }) => past)));
  const whole = trace.values.every(
    ({ leaf }, value) => leaf?.kind !== "input" || !leaf.name.startsWith(PAST) || covered.has(value),
  );
  return whole ? found : [];
}

const PAST = "past_key_values.";

function attentionAt(flow: DataFlow, softmax: Operation): CachedAttention | null {
  const [weights] = softmax.outputs as [number];
  if (flow.rank(weights) !== 4 || attributes(softmax, "softmax").dim !== 3) return null;
  if (isKept(flow, weights)) return null;
  const context = onlyConsumer(flow, weights);
  if (context?.primitive !== "matmul" || context.inputs[0] !== weights) return null;
  const masking = maskingOf(flow, softmax.inputs[0]!);
  const product = masking && flow.producer(masking.scores);
  if (product?.primitive !== "matmul") return null;
  const query = product.inputs[0]!;
  const keys = cacheOf(flow, untransposed(flow, product.inputs[1]!));
  const values = cacheOf(flow, context.inputs[1]!);
  if (!keys || !values) return null;

  const [batch, heads, tokens, width] = flow.trace.values[query]!.shape;
  const keyHeads = flow.trace.values[keys.present]!.shape[1];
  const sameWidth = [keys, values].every(({ past }) => flow.shape(past)[3] === width);
  if (typeof heads !== "number" || typeof keyHeads !== "number" || typeof width !== "number") return null;
  if (!sameWidth || width % WIDTH_STEP !== 0 || heads % keyHeads !== 0) return null;
  const length = flow.trace.values[keys.present]!.shape[2]!;
  const joined = joinedHeads(flow, context.outputs[0]!);
  const result = joined ?? context.outputs[0]!;
  // Whoever else takes keys or values needs them before the kernel's place.
  const added = [keys, values].map(({ fresh }) =>
    flow.consumers(fresh).length === 1 ? splitHeads(flow, fresh) : unsplit(flow, fresh),
  ) as [Split, Split];
  const ways = [splitHeads(flow, query), ...added];
  const made = added.filter(way => way.joined !== null);
  return {
    outputs: [result, keys.present, values.present, ...made.map(({ value }) => value)],
    place: result,
    inputs: [...ways.flatMap(inputsOf), keys.past, values.past],
    caches: [
      { ...keys, joined: added[0].joined !== null },
      { ...values, joined: added[1].joined !== null },
    ],
    masks: masking!.masks,
    lower(graph, name) {
      const projected = ways.map(way => lowerSplit(graph, name, way));
      const total = graph.once(`tokens ${JSON.stringify(length)}`, () =>
        graph.cast(graph.sizeScalar(length), "int64", "int32"),
      );
      const last = graph.once(`last token ${JSON.stringify([length, batch])}`, () => {
        const index = graph.node("Sub", [total, graph.scalar("int32", 1)]);
        return graph.node("Expand", [index, graph.size(batch!)]);
      });
      const [attended, presentKeys, presentValues] = graph.nodes(
        "GroupQueryAttention",
        [...projected, name(keys.past), name(values.past), last, total],
        3,
        { num_heads: heads, kv_num_heads: keyHeads, scale: { float: masking!.scale } },
        MICROSOFT,
      );
      const shaped =
        joined === null
          ? graph.node("Transpose", [graph.reshape(attended!, [batch!, tokens!, heads, width])], {
              perm: SWAPPED,
            })
          : attended!;
      return [shaped, presentKeys!, presentValues!, ...made.map(way => projected[ways.indexOf(way)]!)];
    },
  };
}

/** Heads that the kernel takes are multiples of this wide. */
const WIDTH_STEP = 8;

/** Exchanges heads and tokens. */
const SWAPPED = [0, 2, 1, 3] as const;

/** The cache that keys or values are taken from, each head repeated for those that share it. */
function cacheOf(flow: DataFlow, value: number | null): Omit<InPlaceCache, "joined"> | null {
  if (value === null) return null;
  const present = beforeRepetition(flow, value) ?? value;
  const joined = flow.producer(present);
  if (joined?.primitive !== "concat" || joined.inputs.length !== 2 || flow.rank(present) !== 4) return null;
  if (attributes(joined, "concat").dim !== 2) return null;
  const [past, fresh] = joined.inputs as [number, number];
  const { leaf } = flow.trace.values[past]!;
  if (leaf?.kind !== "input" || !leaf.name.startsWith(PAST) || flow.consumers(past).length !== 1) return null;
  // Others that read the whole would find the room for more in it.
  if (flow.consumers(present).length !== 1 || !isReturned(flow, present)) return null;
  return { past, present, fresh };
}

/** [b, heads, t, w] before it became [b, heads · n, t, w], each head n times in a row. */
function beforeRepetition(flow: DataFlow, value: number): number | null {
  const merged = flow.producer(value);
  if (merged?.primitive !== "reshape" || flow.rank(value) !== 4) return null;
  const repeated = flow.producer(merged.inputs[0]!);
  if (repeated?.primitive !== "expand" || flow.rank(repeated.outputs[0]!) !== 5) return null;
  const split = flow.producer(repeated.inputs[0]!);
  if (split?.primitive !== "reshape") return null;
  const before = split.inputs[0]!;
  if (flow.rank(before) !== 4) return null;
  const [shape, apart, five] = [before, split.outputs[0]!, repeated.outputs[0]!].map(each =>
    flow.shape(each),
  ) as [number[], number[], number[]];
  const inserted = shape.toSpliced(2, 0, 1).join() === apart.join();
  const expanded = apart.with(2, five[2]!).join() === five.join();
  const joined = [five[0], five[1]! * five[2]!, five[3], five[4]].join() === flow.shape(value).join();
  return inserted && expanded && joined ? before : null;
}

function untransposed(flow: DataFlow, value: number): number | null {
  const operation = flow.producer(value);
  if (operation?.primitive !== "permute") return null;
  return attributes(operation, "permute").permutation.join() === "0,1,3,2" ? operation.inputs[0]! : null;
}

/** [b, t, heads · width], where that is all that a value [b, heads, t, width] is used for. */
function joinedHeads(flow: DataFlow, value: number): number | null {
  const swapped = onlyConsumer(flow, value);
  if (
    swapped?.primitive !== "permute" ||
    attributes(swapped, "permute").permutation.join() !== SWAPPED.join()
  )
    return null;
  const merged = onlyConsumer(flow, swapped.outputs[0]!);
  if (merged?.primitive !== "reshape") return null;
  const [batch, heads, tokens, width] = flow.shape(value) as [number, number, number, number];
  const [result] = merged.outputs as [number];
  return flow.shape(result).join() === [batch, tokens, heads * width].join() ? result : null;
}

/** How a value [b, heads, t, width] comes from one [b, t, heads · width]. */
interface Split {
  readonly value: number;
  readonly shape: readonly Size[];
  /** The value as it was before the heads were told apart; null where it was made otherwise. */
  readonly joined: number | null;
  /** A rotation in between. */
  readonly rotary: Rotary | null;
}

function splitHeads(flow: DataFlow, value: number): Split {
  const rotary = rotaryOf(flow, value);
  const base = rotary?.x ?? value;
  const { shape } = flow.trace.values[base]!;
  const swapped = flow.producer(base);
  const apart =
    swapped?.primitive === "permute" && attributes(swapped, "permute").permutation.join() === SWAPPED.join()
      ? flow.producer(swapped.inputs[0]!)
      : undefined;
  const joined = apart?.primitive === "reshape" ? apart.inputs[0]! : null;
  const [batch, heads, tokens, width] = flow.shape(base) as [number, number, number, number];
  const fits = joined !== null && flow.shape(joined).join() === [batch, tokens, heads * width].join();
  return fits ? { value, shape, joined, rotary } : unsplit(flow, value);
}

/** A value as it is, however it is made. */
function unsplit(flow: DataFlow, value: number): Split {
  return { value, shape: flow.trace.values[value]!.shape, joined: null, rotary: null };
}

function inputsOf({ value, joined, rotary }: Split): number[] {
  return joined === null ? [value] : [joined, ...(rotary ? [rotary.cos, rotary.sin] : [])];
}

/** The tensor [b, t, heads · width] of a value [b, heads, t, width]. */
function lowerSplit(graph: Lowering, name: (value: number) => string, split: Split): string {
  const [batch, heads, tokens, width] = split.shape as [Size, number, Size, number];
  if (split.joined === null) {
    const swapped = graph.node("Transpose", [name(split.value)], { perm: SWAPPED });
    return graph.reshape(swapped, [batch, tokens, heads * width]);
  }
  if (split.rotary === null) return name(split.joined);
  const half = (table: number) =>
    graph.once(`half of ${name(table)}`, () => {
      const rows = graph.node("Reshape", [name(table), graph.ints(-1, width)]);
      return graph.node("Slice", [rows, graph.ints(0), graph.ints(width / 2), graph.ints(1)]);
    });
  const first = graph.constant("int64", [1], [0]);
  const inputs = [name(split.joined), first, half(split.rotary.cos), half(split.rotary.sin)];
  return graph.node("RotaryEmbedding", inputs, { num_heads: heads }, MICROSOFT);
}

function onlyConsumer(flow: DataFlow, value: number): Operation | null {
  const consumers = flow.consumers(value);
  return consumers.length === 1 && !isReturned(flow, value) ? consumers[0]! : null;
}

/** A value that forward returns, or that a guard on data reads, has to be there. */
function isKept(flow: DataFlow, value: number): boolean {
  return (
    isReturned(flow, value) || flow.trace.guards.some(guard => guard.kind === "data" && guard.value === value)
  );
}

function isReturned(flow: DataFlow, value: number): boolean {
  return flow.trace.outputs.some(output => output.value === value);
}
