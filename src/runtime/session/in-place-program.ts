import type { Tensor } from "../../shared/dtype.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import { outputValue } from "../live/values.ts";
import { addedProducts } from "../onnx/fused/added-products.ts";
import { type CachedAttention, cachedAttentions } from "../onnx/fused/cached-attention.ts";
import { isCausal } from "../onnx/fused/causal.ts";
import { blocksOf, joinedProducts } from "../onnx/fused/joined-products.ts";
import { lastPositionOf } from "../onnx/fused/last-position.ts";
import type { Mask } from "../onnx/fused/mask.ts";
import { violatedGuards } from "../onnx/guards.ts";
import { lower } from "../onnx/lower.ts";
import type { Weights } from "../weights/stored.ts";
import { losslessArithmetic } from "./digits.ts";
import { type Feed, GraphSession } from "./graph-session.ts";
import { KeptRows } from "./kept-rows.ts";
import { int64 } from "./numbers.ts";
import type { Loaded, ProgramSpec } from "./protocol.ts";

/** So many tokens at most are taken digit by digit: what that takes longer is less than the making of another session. */
const SHORT = 16;

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
  /** Makes what takes all of a long prompt but its last token; null where `step` takes many tokens as fast. */
  #prompts: (() => Promise<GraphSession>) | null;
  #prompt: Promise<GraphSession> | null = null;
  /** Sizes, as text, of steps that the kernels are known to compute as the source does. */
  readonly #served = new Set<string>();

  private constructor(
    trace: Trace,
    attentions: readonly CachedAttention[],
    step: GraphSession,
    masks: GraphSession,
    prompts: (() => Promise<GraphSession>) | null,
  ) {
    this.loaded = step.loaded;
    this.#trace = trace;
    this.#attentions = attentions;
    this.#step = step;
    this.#masks = masks;
    this.#prompts = prompts;
  }

  /**
   * Null where the trace has no cache, or one that the kernels do not take, and on other providers: their memory is not
   * the buffer's.
   */
  static async load(
    { trace, providers, activations = "float32" }: ProgramSpec,
    weights: Weights,
  ): Promise<InPlaceProgram | null> {
    const attentions = providers[0] === "cpu" ? cachedAttentions(trace) : [];
    if (attentions.length === 0) return null;
    const logits = outputValue(trace);
    const lastPositions = lastPositionOf(trace, logits);
    const caches = attentions.flatMap(attention => attention.caches);
    const fresh = caches.map(cache => cache.fresh);
    const joined = joinedProducts(trace, weights, lastPositions);
    const apart = new Set([logits, ...fresh, ...lastPositions]);
    const overBlocks = trace.operations.some(
      each => each.primitive === "linear" && blocksOf(trace, weights, each),
    );
    const joinedApart = new Set([...apart, ...joined.flatMap(each => each.outputs)]);
    const step = lower(trace, weights, {
      outputs: [logits, ...fresh],
      fusions: [...attentions, ...joined, ...addedProducts(trace, weights, joinedApart)],
      caches,
      lastPositions,
      arithmetic: overBlocks && activations === "float32" ? await losslessArithmetic() : activations,
    });
    const masks = lower(trace, weights, { outputs: distinct(attentions).map(({ value }) => value) });
    // Not joined: that would copy the matrices while the session is made.
    const prompts = async () => {
      const fusions = [...attentions, ...addedProducts(trace, weights, apart)];
      return GraphSession.create(lower(trace, weights, { outputs: fresh, fusions, caches }), providers);
    };
    return new InPlaceProgram(
      trace,
      attentions,
      await GraphSession.create(step, providers),
      await GraphSession.create(masks, ["cpu"]),
      step.byDigits ? prompts : null,
    );
  }

  /**
   * Whether the kernels compute what the source does for a prompt and the steps after it: each must be of sizes that the
   * trace is for, and every mask must let a token see itself and all before it, and nothing else.
   */
  async serves(prompt: number, steps: number): Promise<boolean> {
    const pieces = [...this.piecesOf(prompt), ...Array<number>(steps).fill(1)];
    let past = 0;
    for (const tokens of pieces) {
      const step = `${tokens} after ${past}`;
      if (!this.#served.has(step) && !(await this.#servesStep(tokens, past))) return false;
      this.#served.add(step);
      past += tokens;
    }
    return true;
  }

  async #servesStep(tokens: number, past: number): Promise<boolean> {
    const sizes = this.#bindings(tokens, past);
    if (violatedGuards(this.#trace, sizes).length > 0) return false;
    const masks = distinct(this.#attentions);
    const values = await this.#masks.run(
      masks.map(({ value }) => value),
      sizeFeed(sizes),
    );
    return this.#attentions.every(attention =>
      isCausal(
        attention.masks.map(({ kind, identity }) => {
          const mask = masks.find(each => each.identity === identity)!;
          return { kind, tensor: values.get(mask.value)! };
        }),
        tokens,
        past,
      ),
    );
  }

  /** In how many tokens at a time so many new ones are taken. */
  piecesOf(tokens: number): readonly number[] {
    return this.#prompts && tokens > SHORT ? [tokens - 1, 1] : [tokens];
  }

  /**
   * Steps of one text, in pieces of `piecesOf`: logits [1, vocabulary] that follow the last.
   * @param isLast of the pieces that are taken at once: after the others, logits are not computed.
   */
  begin(): (
    inputs: Readonly<Record<string, Tensor>>,
    tokens: number,
    isLast: boolean,
  ) => Promise<Tensor | null> {
    const logits = outputValue(this.#trace);
    const caches = this.#attentions.flatMap(attention => attention.caches);
    const given = new Map(
      caches.map(({ past }) => {
        const { shape } = this.#trace.values[past]!;
        const [, heads, , width] = shape as [unknown, number, unknown, number];
        return [past, new KeptRows(heads, width)];
      }),
    );
    const added = caches.map(({ fresh }) => fresh);
    let length = 0;
    return async (inputs, tokens, isLast) => {
      const sizes = sizeFeed(this.#bindings(tokens, length));
      const feed: Feed = source => {
        if (source.kind !== "value") return sizes(source);
        const tensor =
          given.get(source.value)?.tensor ?? inputs[this.#trace.values[source.value]!.leaf!.name];
        if (!tensor) throw new Error(`${this.#trace.class}.forward: ${source.value} is missing`);
        return tensor;
      };
      const session = isLast ? this.#step : await this.#promptSession();
      const values = await session.run(isLast ? [logits, ...added] : added, feed);
      for (const { past, fresh, joined } of caches)
        given.get(past)!.append(values.get(fresh)!, tokens, joined);
      length += tokens;
      return values.get(logits) ?? null;
    };
  }

  /** Where memory does not suffice for a session of its own, a step takes the prompt, in longer time. */
  #promptSession(): Promise<GraphSession> {
    this.#prompt ??= Promise.resolve(this.#prompts?.() ?? this.#step).catch(error => {
      console.warn(`prompts are taken by steps: ${error instanceof Error ? error.message : error}`);
      return this.#step;
    });
    return this.#prompt;
  }

  async release(): Promise<void> {
    this.#prompts = null;
    const sessions = new Set([this.#step, this.#masks, await (this.#prompt ?? this.#step)]);
    await Promise.all([...sessions].map(session => session.release()));
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
