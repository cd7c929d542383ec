import type { Tensor } from "../../shared/dtype.ts";
import type { Intervention } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import { outputValue } from "../live/values.ts";
import { lastPositionAlone } from "../onnx/fused/last-position.ts";
import { bindSymbols, guardedValues } from "../onnx/guards.ts";
import { controlNumber, type InterventionSlot, slotOf } from "../onnx/interventions.ts";
import { lower } from "../onnx/lower.ts";
import { lowerSegment, type Segment, segmentOwners, segmentsFor, segmentsOf } from "../onnx/segments.ts";
import { openWeights } from "../weights/checkpoint-weights.ts";
import type { Weights } from "../weights/stored.ts";
import { type Feed, GraphSession } from "./graph-session.ts";
import { InPlaceProgram } from "./in-place-program.ts";
import { KnownValues, keep } from "./known-values.ts";
import { int64 } from "./numbers.ts";
import type { Loaded, ProgramSpec } from "./protocol.ts";
import { RecentlyUsed } from "./recently-used.ts";
import { isViewed, Views, viewed } from "./views.ts";

/** Sessions kept beside the usual one: of segments, with or without interventions, and for unnamed values. */
const KEPT_SESSIONS = 96;

/** forward's arguments by name. */
export type Arguments = Readonly<Record<string, Tensor>>;
/** Values of one run by their index in the trace. */
export type Values = ReadonlyMap<number, Tensor>;
/** An intervention at a value of the trace. */
export type IndexedIntervention = Intervention & { readonly value: number };

/** One trace with its weights, and the sessions that run it. Used by one run at a time. */
export class LoadedProgram {
  readonly trace: Trace;
  readonly loaded: Loaded;
  /** Steps with a cache, where fused kernels can take them. */
  readonly inPlace: InPlaceProgram | null;
  readonly #spec: ProgramSpec;
  readonly #weights: Weights;
  /** Made when it is first asked for, where steps are taken in place. */
  #whole: GraphSession | null;
  readonly #segments: readonly Segment[];
  readonly #owners: Int32Array;
  readonly #views: Views;
  readonly #sessions = new RecentlyUsed<GraphSession>(KEPT_SESSIONS, session => void session.release());
  readonly #known = new KnownValues();

  private constructor(
    spec: ProgramSpec,
    weights: Weights,
    sessions: { readonly whole: GraphSession } | { readonly inPlace: InPlaceProgram },
    segments: readonly Segment[],
  ) {
    this.trace = spec.trace;
    this.#spec = spec;
    this.#weights = weights;
    this.#whole = "whole" in sessions ? sessions.whole : null;
    this.inPlace = "inPlace" in sessions ? sessions.inPlace : null;
    this.loaded = "whole" in sessions ? sessions.whole.loaded : sessions.inPlace.loaded;
    this.#segments = segments;
    this.#owners = segmentOwners(spec.trace, segments);
    this.#views = new Views(spec.trace);
  }

  /**
   * Lowers the trace and makes the session that it is usually run by.
   * @param inPlace whether steps may be taken in place, where that can be.
   */
  static async load(spec: ProgramSpec, inPlace = true): Promise<LoadedProgram> {
    const weights = await openWeights(spec.weights);
    const segments = spec.purpose === "inspect" ? segmentsOf(spec.trace) : [];
    const steps = inPlace && spec.purpose === "generate" ? await InPlaceProgram.load(spec, weights) : null;
    const sessions = steps ? { inPlace: steps } : { whole: await createWhole(spec, weights, segments) };
    return new LoadedProgram(spec, weights, sessions, segments);
  }

  /**
   * Runs and returns the values asked for; those that an intervention replaces, as replaced.
   * @param ending whether nobody looks at more of logits than their last position, which may then come alone: to compute
   * them all takes as long as several layers.
   */
  async run(
    inputs: Arguments,
    values: readonly number[],
    interventions: readonly IndexedIntervention[] = [],
    ending = false,
  ): Promise<Values> {
    if (interventions.length === 0) return this.#runPlain(inputs, values);
    const touched = interventions.map(({ value }) => this.#owners[value]!);
    if (
      this.#segments.length > 1 &&
      interventions.every((_, i) => this.#isLocal(interventions[i]!, touched[i]!))
    ) {
      return this.#runSegments(inputs, values, interventions, touched, ending);
    }
    return this.#runWhole(inputs, values, interventions);
  }

  /**
   * Gives back the memory of what a run returned, which nobody reads any more, at once: waiting for the garbage collector
   * would have it look through everything each time that some 64 MB of values have come. What is known of runs stays.
   */
  release(values: Values): void {
    const kept = this.#known.buffers;
    for (const tensor of values.values()) {
      if (isViewed(tensor)) continue;
      const { buffer } = tensor.data;
      if (buffer instanceof ArrayBuffer && !buffer.detached && !kept.has(buffer)) buffer.transfer(0);
    }
  }

  async dispose(): Promise<void> {
    this.#sessions.clear();
    this.#known.clear();
    await this.inPlace?.release();
    await this.#whole?.release();
  }

  async #wholeSession(): Promise<GraphSession> {
    this.#whole ??= await createWhole(this.#spec, this.#weights, this.#segments);
    return this.#whole;
  }

  /**
   * Without interventions: by the segments that `values` lie in where few of them have to run, else everything at once.
   * What segments hand on stays known, so that the next run of the same inputs starts from there.
   */
  async #runPlain(inputs: Arguments, values: readonly number[]): Promise<Values> {
    if (this.#segments.length < 2 || values.some(value => this.#owners[value]! < 0))
      return this.#runAtOnce(inputs, values);
    const known = await this.#known.of(inputs);
    const running = segmentsFor(this.#segments, this.#owners, values, new Set(known.keys()));
    const handed = this.#segments
      .flatMap(segment => segment.liveOut)
      .filter(value => !this.trace.values[value]!.uninitialised);
    if (running.length > this.#segments.length / 2) {
      const made = await this.#runAtOnce(inputs, values, handed);
      keep(known, made, handed);
      return made;
    }
    const result = new Map(known);
    for (const s of running) {
      const wanted = values.filter(value => this.#owners[value] === s);
      for (const [value, tensor] of await this.#runSegment(s, inputs, wanted, result))
        result.set(value, tensor);
    }
    keep(known, result, handed);
    return result;
  }

  /** @param kept values to fetch beside those asked for, which are kept: not as views, which would keep what they show. */
  async #runAtOnce(
    inputs: Arguments,
    values: readonly number[],
    kept: readonly number[] = [],
  ): Promise<Map<number, Tensor>> {
    const views = this.#views.among(values, bindSymbols(this.trace, new Map(Object.entries(inputs))));
    const fetched = [...kept, ...values.filter(value => !views.has(value))];
    const whole = await this.#wholeSession();
    const usual = fetched.every(value => whole.declares(value));
    const session = usual ? whole : await this.#session(["values", ...fetched], () => fetched, []);
    const made = await session.run(fetched, this.#feed(inputs));
    for (const [value, view] of views)
      if (!made.has(value)) made.set(value, viewed(made.get(view.base)!, view));
    return made;
  }

  async #runSegment(
    s: number,
    inputs: Arguments,
    wanted: readonly number[],
    known: Values,
    interventions: readonly IndexedIntervention[] = [],
    lastPositions: ReadonlySet<number> = new Set(),
  ): Promise<Map<number, Tensor>> {
    const segment = this.#segments[s]!;
    const slots = interventions.map(intervention => slotOf(intervention.value, intervention));
    const unnamed = wanted.filter(
      value => !segment.named.includes(value) && !segment.liveOut.includes(value),
    );
    const session = await this.#sessions.get(
      JSON.stringify(["segment", s, slots, unnamed, ...lastPositions]),
      () =>
        GraphSession.create(
          lowerSegment(this.trace, this.#weights, segment, {
            taps: unnamed,
            interventions: slots,
            lastPositions,
          }),
          [this.loaded.provider],
        ),
    );
    return session.run([...segment.liveOut, ...wanted], this.#feed(inputs, known, interventions));
  }

  /** Everything again, with the replacements inside. */
  async #runWhole(
    inputs: Arguments,
    values: readonly number[],
    interventions: readonly IndexedIntervention[],
  ): Promise<Map<number, Tensor>> {
    const slots = interventions.map(intervention => slotOf(intervention.value, intervention));
    const outputs = () => [...new Set([...declaredValues(this.#spec, []), ...values])];
    const whole = await this.#wholeSession();
    const asked = values.filter(value => !whole.declares(value));
    const session = await this.#session(["whole", slots, asked], outputs, slots);
    return session.run(values, this.#feed(inputs, new Map(), interventions));
  }

  /** The first segment that an intervention touches and those after it; what lies before is taken from the last run. */
  async #runSegments(
    inputs: Arguments,
    values: readonly number[],
    interventions: readonly IndexedIntervention[],
    touched: readonly number[],
    ending: boolean,
  ): Promise<Map<number, Tensor>> {
    const first = Math.min(...touched);
    const owner = (value: number) => this.#owners[value]!;
    const before = values.filter(value => owner(value) < first);
    const handed = this.#segments.slice(0, first).flatMap(segment => segment.liveOut);
    const result = new Map(await this.#runPlain(inputs, [...handed, ...before]));
    const last = Math.max(...values.map(owner));
    const logits = outputValue(this.trace);
    const looked = [...values.filter(value => value !== logits), ...interventions.map(({ value }) => value)];
    const lastPositions = ending ? lastPositionAlone(this.trace, logits, looked) : new Set<number>();
    for (let s = first; s <= last; s++) {
      const wanted = values.filter(value => owner(value) === s);
      const local = interventions.filter((_, i) => touched[i] === s);
      const alone = s === owner(logits) ? lastPositions : undefined;
      for (const [value, tensor] of await this.#runSegment(s, inputs, wanted, result, local, alone))
        result.set(value, tensor);
    }
    return result;
  }

  /** Whether what follows an intervention lies in its own segment and those after it. */
  #isLocal(intervention: IndexedIntervention, segment: number): boolean {
    const maker = this.trace.operations.find(operation => operation.outputs.includes(intervention.value));
    // Inputs and parameters are used anywhere, and so are constants, which every segment makes for itself.
    return segment >= 0 && maker !== undefined && maker.inputs.length > 0;
  }

  /** A session for other outputs than the usual, or with interventions. */
  #session(
    key: readonly unknown[],
    outputs: () => readonly number[],
    interventions: readonly InterventionSlot[],
  ): Promise<GraphSession> {
    return this.#sessions.get(JSON.stringify(key), () =>
      GraphSession.create(lower(this.trace, this.#weights, { outputs: outputs(), interventions }), [
        this.loaded.provider,
      ]),
    );
  }

  #feed(
    inputs: Arguments,
    known: Values = new Map(),
    interventions: readonly IndexedIntervention[] = [],
  ): Feed {
    return source => {
      if (source.kind === "symbol") {
        const size = bindSymbols(this.trace, new Map(Object.entries(inputs))).get(source.symbol);
        if (size === undefined) throw new Error(`no input shows the size ${source.symbol}`);
        return int64([size], []);
      }
      if (source.kind === "control") {
        const intervention = interventions[source.intervention]!;
        return source.control.part === "tensor" && intervention.operation.kind === "patch"
          ? intervention.operation.tensor
          : float64(controlNumber(intervention, source.control));
      }
      const name = this.trace.values[source.value]!.leaf?.name;
      const tensor = known.get(source.value) ?? (name === undefined ? undefined : inputs[name]);
      if (!tensor) throw new Error(`${this.trace.class}.forward: ${name ?? source.value} is missing`);
      return tensor;
    };
  }
}

/** Every value that can be asked for, in one session. */
function createWhole(
  spec: ProgramSpec,
  weights: Weights,
  segments: readonly Segment[],
): Promise<GraphSession> {
  const outputs = declaredValues(spec, segments);
  const graph = lower(spec.trace, weights, { outputs, arithmetic: spec.activations });
  return GraphSession.create(graph, spec.providers);
}

/**
 * What the usual session can be asked for: to inspect, every named value and what segments hand on, which costs next to
 * nothing while it is not fetched; to generate, what forward returns.
 */
function declaredValues({ trace, purpose }: ProgramSpec, segments: readonly Segment[]): number[] {
  const values = [
    ...trace.outputs.map(output => output.value),
    ...guardedValues(trace),
    ...(purpose === "inspect" ? trace.named.map(({ value }) => value) : []),
    ...segments.flatMap(segment => segment.liveOut),
  ].filter(value => !trace.values[value]!.uninitialised);
  // The answer itself is never left out: where it rests on uninitialised memory, lowering says so.
  return [...new Set([outputValue(trace), ...values])];
}

/** A 0-d number on its way to the type that a graph takes. */
function float64(value: number): Tensor {
  return { dtype: "float64", shape: [], data: new Uint8Array(Float64Array.of(value).buffer) };
}
