import type { Operation, Trace } from "../../shared/trace.ts";
import type { Weights } from "../weights/stored.ts";
import { guardedValues } from "./guards.ts";
import { type LoweredGraph, type LowerOptions, lower } from "./lower.ts";
import { sizeDependencies } from "./sizes.ts";

/** A stretch of a trace that gets a session of its own. */
export interface Segment {
  /** Path of the repeated layer, or null for what lies before, between or after layers. */
  readonly layer: string | null;
  /** Its operations: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  /** Values that come from forward's inputs or from earlier segments, in order. */
  readonly liveIn: readonly number[];
  /** Values computed here that later segments or forward's outputs need. */
  readonly liveOut: readonly number[];
  /** Values computed here that have a name. */
  readonly named: readonly number[];
}

/**
 * Cuts a trace where a new layer begins, so that a changed control in one layer runs that layer and those after it. Layers
 * are the children of the outermost module lists in which a class repeats that does more than one torch call (a list of
 * embeddings has no layers); a trace without any is one segment.
 *
 * Why not the whole graph with the intervention, or with inputs for interventions everywhere? Onnxruntime optimises and
 * packs a graph when its session is made: for SmolLM2's 30 layers over 32 tokens one segment took 0.01–0.03 of the time
 * of the whole graph. Beside a run of the whole graph, rerunning from layer 28 took 0.26, from layer 15 0.73–1.0, and all
 * segments one after the other 1.28. A slot at every softmax of the whole graph costs little to run (0.95–1.19 of the plain
 * graph), less than segments from an early layer on, but serves only the values and kinds declared in advance and always
 * runs everything; segments take an intervention at any value. scripts/bench/intervention.ts measures these ratios.
 */
export function segmentsOf(trace: Trace): Segment[] {
  const cuts = cutsOf(trace);
  const segmentAt = segmentOwners(trace, cuts);
  const remade = remadeValues(trace);

  const liveIn = cuts.map(() => new Set<number>());
  const liveOut = cuts.map(() => new Set<number>());
  const use = (value: number, s: number) => {
    const from = segmentAt[value]!;
    if (from === s || remade.has(value)) return;
    if (from >= 0) liveOut[from]!.add(value);
    else if (trace.values[value]!.leaf?.kind !== "input") return;
    liveIn[s]!.add(value);
  };
  cuts.forEach(({ start, end }, s) => {
    for (const operation of trace.operations.slice(start, end)) {
      for (const value of usedBy(operation, remade)) use(value, s);
    }
  });
  const results = [...trace.outputs.map(({ value }) => value), ...guardedValues(trace)];
  for (const value of results) if (segmentAt[value]! >= 0) liveOut[segmentAt[value]!]!.add(value);

  const named = cuts.map(() => new Set<number>());
  for (const { value } of trace.named) {
    const s = segmentAt[value]!;
    if (s >= 0 && !trace.values[value]!.uninitialised) named[s]!.add(value);
  }
  return cuts.map((cut, s) => ({
    ...cut,
    liveIn: [...liveIn[s]!],
    liveOut: [...liveOut[s]!],
    named: [...named[s]!],
  }));
}

/** Lowers a segment with its live and named values, and `taps` besides, as outputs. */
export function lowerSegment(
  trace: Trace,
  weights: Weights,
  segment: Segment,
  options: Pick<LowerOptions, "interventions" | "lastPositions"> & { readonly taps?: readonly number[] } = {},
): LoweredGraph {
  const { taps = [], ...others } = options;
  const outputs = [...new Set([...segment.liveOut, ...segment.named, ...taps])];
  return lower(trace, weights, { inputs: segment.liveIn, outputs, ...others });
}

/** The segment that computes each value, by index, or −1 for inputs and parameters. */
export function segmentOwners(trace: Trace, segments: readonly Pick<Segment, "start" | "end">[]): Int32Array {
  const owners = new Int32Array(trace.values.length).fill(-1);
  segments.forEach(({ start, end }, s) => {
    for (const { outputs } of trace.operations.slice(start, end))
      for (const value of outputs) owners[value] = s;
  });
  return owners;
}

/**
 * The segments to run, in order, for `values` to be known where `known` are.
 * @param owners see segmentOwners
 */
export function segmentsFor(
  segments: readonly Segment[],
  owners: Int32Array,
  values: Iterable<number>,
  known: ReadonlySet<number>,
): number[] {
  const needed = new Set<number>();
  const need = (value: number) => {
    const s = owners[value]!;
    if (s < 0 || known.has(value) || needed.has(s)) return;
    needed.add(s);
    for (const each of segments[s]!.liveIn) need(each);
  };
  for (const value of values) need(value);
  return [...needed].sort((a, b) => a - b);
}

type Cut = Pick<Segment, "layer" | "start" | "end">;

function cutsOf(trace: Trace): Cut[] {
  const lists = layerLists(trace);
  const cuts: { -readonly [K in keyof Cut]: Cut[K] }[] = [];
  trace.operations.forEach(({ call }, i) => {
    const last = cuts.at(-1);
    // what the tracer adds itself belongs to what surrounds it
    const layer = call === null ? (last?.layer ?? null) : layerOf(trace, call, lists);
    if (last?.layer === layer) last.end = i + 1;
    else cuts.push({ layer, start: i, end: i + 1 });
  });
  return joinBetweenLayers(cuts, lists);
}

/** What the loop over the layers of one list does between two of them goes with the first. */
function joinBetweenLayers(cuts: readonly Cut[], lists: readonly string[]): Cut[] {
  const listOf = (cut: Cut | undefined) => lists.find(list => cut?.layer?.startsWith(`${list}.`));
  const joined: Cut[] = [];
  cuts.forEach((cut, i) => {
    const before = joined.at(-1);
    const list = listOf(before);
    if (cut.layer === null && before && list !== undefined && list === listOf(cuts[i + 1])) {
      joined[joined.length - 1] = { ...before, end: cut.end };
    } else {
      joined.push(cut);
    }
  });
  return joined;
}

/** Paths of the outermost module lists in which a class repeats that does more than one torch call. */
function layerLists(trace: Trace): string[] {
  const calls = callsByModule(trace);
  const lists: string[] = [];
  for (const { path, class: name } of trace.modules) {
    if (name !== "ModuleList" || lists.some(list => path.startsWith(`${list}.`))) continue;
    const children = trace.modules.filter(
      child => child.path.startsWith(`${path}.`) && /^\d+$/.test(child.path.slice(path.length + 1)),
    );
    const repeats = new Set(children.map(child => child.class)).size < children.length;
    if (repeats && children.some(child => (calls.get(child.path) ?? 0) > 1)) lists.push(path);
  }
  return lists;
}

/** Number of torch calls inside each module, those of its own modules included. */
function callsByModule(trace: Trace): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { module } of trace.calls) {
    const parts = trace.modules[module]!.path.split(".");
    for (let depth = 1; depth <= parts.length; depth++) {
      const path = parts.slice(0, depth).join(".");
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  return counts;
}

function layerOf(trace: Trace, call: number, lists: readonly string[]): string | null {
  const { path } = trace.modules[trace.calls[call]!.module]!;
  const list = lists.find(candidate => path.startsWith(`${candidate}.`));
  return list === undefined ? null : `${list}.${path.slice(list.length + 1).split(".", 1)[0]}`;
}

/**
 * Constants, sizes and tensors filled with them, cheaper to make again in every segment than to hand over; with the values
 * that their sizes rest on.
 */
function remadeValues(trace: Trace): Map<number, ReadonlySet<number>> {
  const remade = new Map<number, ReadonlySet<number>>();
  for (const { primitive, inputs, outputs, attributes } of trace.operations) {
    const filled = primitive === "fill" && inputs.every(input => input !== null && remade.has(input));
    if (inputs.length > 0 && !filled) continue;
    const dependencies = sizeDependencies(attributes);
    for (const input of inputs) for (const value of remade.get(input!)!) dependencies.add(value);
    for (const value of outputs) remade.set(value, dependencies);
  }
  return remade;
}

/** Values an operation needs, those of the constants it has made again included. */
function usedBy(operation: Operation, remade: ReadonlyMap<number, ReadonlySet<number>>): Set<number> {
  const used = sizeDependencies(operation.attributes);
  for (const input of operation.inputs) {
    if (input === null) continue;
    used.add(input);
    for (const value of remade.get(input) ?? []) used.add(value);
  }
  return used;
}
