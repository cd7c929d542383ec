import type { Tensor } from "../../shared/dtype.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import { outputValue } from "../live/values.ts";
import { addedProducts } from "../onnx/fused/added-products.ts";
import { type CachedAttention, cachedAttentions } from "../onnx/fused/cached-attention.ts";
import { isCausal } from "../onnx/fused/causal.ts";
import { joinedProducts } from "../onnx/fused/joined-products.ts";
import { lastPositionOf } from "../onnx/fused/last-position.ts";
import { lastProducts } from "../onnx/fused/last-product.ts";
import type { Mask } from "../onnx/fused/mask.ts";
import { lower } from "../onnx/lower.ts";
import type { Weights } from "../weights/stored.ts";
import { digitsAreExact } from "./digits.ts";
import { type Feed, GraphSession } from "./graph-session.ts";
import { KeptRows } from "./kept-rows.ts";
import { int64 } from "./numbers.ts";
import type { Loaded, ProgramSpec } from "./protocol.ts";

/**
 * A step with a cache for generating: fused kernels take keys and values of before in a buffer, those that a step adds are
 * written behind them, and logits are computed for the last position alone. Nothing that grows with the text is fetched:
 * onnxruntime for Node copies all that it hands out, what it has written in place as well.
 */
export class InPlaceProgram {
  readonly loaded: Loaded;
  readonly #trace: Trace;
  readonly #attentions: readonly CachedAttention[];
  readonly #step: GraphSession;
  readonly #masks: GraphSession;

  private constructor(
    trace: Trace,
    attentions: readonly CachedAttention[],
    step: GraphSession,
    masks: GraphSession,
  ) {
    this.loaded = step.loaded;
    this.#trace = trace;
    this.#attentions = attentions;
    this.#step = step;
    this.#masks = masks;
  }

  /**
   * Null where the trace has no cache, or one that the kernels do not take, and on other providers: their memory is not
   * the buffer's.
   */
  static async load(
    { trace, providers, activations }: ProgramSpec,
    weights: Weights,
  ): Promise<InPlaceProgram | null> {
    const attentions = providers[0] === "cpu" ? cachedAttentions(trace) : [];
    if (attentions.length === 0) return null;
    const lastPositions = lastPositionOf(trace, outputValue(trace));
    const caches = attentions.flatMap(attention => attention.caches);
    const outputs = [outputValue(trace), ...caches.map(({ fresh }) => fresh)];
    const byDigits = activations !== "int8" && (await digitsAreExact());
    const joined = joinedProducts(trace, weights, lastPositions);
    const apart = new Set([...outputs, ...lastPositions, ...joined.flatMap(each => each.outputs)]);
    const graph = lower(trace, weights, {
      outputs,
      fusions: [
        ...attentions,
        ...joined,
        ...addedProducts(trace, weights, apart),
        ...(byDigits ? lastProducts(trace, weights, lastPositions) : []),
      ],
      caches,
      lastPositions,
      activations,
    });
    const step = await GraphSession.create(graph, providers);
    const masks = lower(trace, weights, { outputs: distinct(attentions).map(({ value }) => value) });
    return new InPlaceProgram(trace, attentions, step, await GraphSession.create(masks, ["cpu"]));
  }

  /**
   * Whether the kernels compute what the source does for a prompt and the steps after it: in each, every mask must let a
   * token see itself and all before it, and nothing else.
   */
  async serves(prompt: number, steps: number): Promise<boolean> {
    const masks = distinct(this.#attentions);
    const sizes = [[prompt, 0], ...Array.from({ length: steps }, (_, i) => [1, prompt + i])];
    for (const [tokens, past] of sizes as [number, number][]) {
      const values = await this.#masks.run(
        masks.map(({ value }) => value),
        sizeFeed(this.#bindings(tokens, past)),
      );
      const causal = this.#attentions.every(attention =>
        isCausal(
          attention.masks.map(({ kind, identity }) => {
            const mask = masks.find(each => each.identity === identity)!;
            return { kind, tensor: values.get(mask.value)! };
          }),
          tokens,
          past,
        ),
      );
      if (!causal) return false;
    }
    return true;
  }

  /** Steps of one text: logits [1, vocabulary] that follow the given tokens. */
  begin(): (inputs: Readonly<Record<string, Tensor>>, tokens: number) => Promise<Tensor> {
    const logits = outputValue(this.#trace);
    const caches = this.#attentions.flatMap(attention => attention.caches);
    const given = new Map(
      caches.map(({ past }) => {
        const { shape } = this.#trace.values[past]!;
        const [, heads, , width] = shape as [unknown, number, unknown, number];
        return [past, new KeptRows(heads, width)];
      }),
    );
    const fetched = [logits, ...caches.map(({ fresh }) => fresh)];
    let length = 0;
    return async (inputs, tokens) => {
      const sizes = sizeFeed(this.#bindings(tokens, length));
      const feed: Feed = source => {
        if (source.kind !== "value") return sizes(source);
        const tensor =
          given.get(source.value)?.tensor ?? inputs[this.#trace.values[source.value]!.leaf!.name];
        if (!tensor) throw new Error(`${this.#trace.class}.forward: ${source.value} is missing`);
        return tensor;
      };
      const values = await this.#step.run(fetched, feed);
      for (const { past, fresh, joined } of caches)
        given.get(past)!.append(values.get(fresh)!, tokens, joined);
      length += tokens;
      return values.get(logits)!;
    };
  }

  async release(): Promise<void> {
    await Promise.all([this.#step.release(), this.#masks.release()]);
  }

  /** Sizes of one row: what the cache holds is its axis, whatever else is free grows with the tokens. */
  #bindings(tokens: number, past: number): SizeBindings {
    const { past: cache } = this.#attentions[0]!.caches[0];
    const { name } = this.#trace.values[cache]!.leaf!;
    return new Map(
      this.#trace.symbols.map(symbol => {
        const axis = symbol.axes.find(({ input }) => input === name)?.axis;
        return [symbol.name, axis === 2 ? past : axis === 0 ? 1 : tokens];
      }),
    );
  }
}

/** Masks that differ in how they are computed. */
function distinct(attentions: readonly CachedAttention[]): Mask[] {
  const masks = new Map(attentions.flatMap(attention => attention.masks).map(mask => [mask.identity, mask]));
  return [...masks.values()];
}

function sizeFeed(sizes: SizeBindings): Feed {
  return source => {
    const size = source.kind === "symbol" ? sizes.get(source.symbol) : undefined;
    if (size === undefined) throw new Error("a mask rests on more than sizes");
    return int64([size], []);
  };
}
