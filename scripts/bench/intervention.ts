import { outputValue } from "../../src/runtime/live/values.ts";
import { controlNumber, slotOf } from "../../src/runtime/onnx/interventions.ts";
import { lower } from "../../src/runtime/onnx/lower.ts";
import { lowerSegment, segmentOwners, segmentsOf } from "../../src/runtime/onnx/segments.ts";
import { type Attention, recogniseAttention } from "../../src/runtime/recognise/attention.ts";
import { type Feed, GraphSession } from "../../src/runtime/session/graph-session.ts";
import { int64, numbers } from "../../src/runtime/session/numbers.ts";
import type { IndexedIntervention } from "../../src/runtime/session/program.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import type { Measurement } from "./measurement.ts";
import { compare, interleave, timed, type Variant } from "./rounds.ts";
import { createLive, loadInspected } from "./runtime.ts";
import { smolLm2, someIds } from "./smollm2.ts";

const LENGTH = 32;
/** Layers in which a head is ablated: the nearer to the end, the less segments run again. */
const LAYERS = [0, 15, 28];
/** Layer whose head is ablated where the layer makes no difference. */
const MIDDLE = 15;
/** Largest difference of a logit between two graphs that do the same: float32 in another order. */
const TOLERANCE = 1e-2;

/** Why interventions run by segments: against the other two ways to put one into a graph. */
export const intervention: Measurement = {
  name: "intervention",
  title: `one head of SmolLM2 ablated over ${LENGTH} tokens, to the logits: ways to put it into the graph`,
  rounds: 7,
  async run(bench) {
    const request = smolLm2();
    const live = createLive();
    try {
      const { trace, precision } = await live.open(request);
      const weights = await openCheckpointWeights(request.checkpoint);
      const program = await loadInspected(trace, request.checkpoint);
      const attentions = recogniseAttention(trace);
      const logits = outputValue(trace);
      const inputs = { input_ids: int64(someIds(LENGTH), [1, LENGTH]) };
      const make = (interventions: readonly IndexedIntervention[]) => {
        const slots = interventions.map(each => slotOf(each.value, each));
        return GraphSession.create(lower(trace, weights, { outputs: [logits], interventions: slots }), [
          "cpu",
        ]);
      };
      const ablation = (layer: number, round: number) => {
        const { heads } = attentions[layer]!;
        return ablate(attentions[layer]!, (round + heads) % heads);
      };
      // No head has the index −1: such a slot changes nothing.
      const everywhere = (layer: number, round: number) =>
        attentions.map((each, i) => (i === layer ? ablation(layer, round) : ablate(each, -1)));
      const plain = await make([]);
      const slotted = await make(everywhere(MIDDLE, 0));

      const bySegments = (layer: number, round: number) =>
        program.run(inputs, [logits], [ablation(layer, round)]);
      const bySlots = (layer: number, round: number) =>
        slotted.run([logits], feed(inputs.input_ids, everywhere(layer, round)));
      const byRebuilding = async (layer: number, round: number) => {
        const session = await make([ablation(layer, round)]);
        const values = await session.run([logits], feed(inputs.input_ids, [ablation(layer, round)]));
        await session.release();
        return values;
      };
      for (const layer of LAYERS) {
        const expected = (await byRebuilding(layer, 1)).get(logits)!;
        for (const way of [bySegments, bySlots])
          requireSame((await way(layer, 1)).get(logits)!, expected, `${way.name}, layer ${layer}`);
      }

      const segments = segmentsOf(trace);
      const segment = segments[segmentOwners(trace, segments)[ablation(MIDDLE, 0).value]!]!;
      const makeSegment = async (round: number) => {
        const { value, ...rest } = ablation(MIDDLE, round);
        const options = { interventions: [slotOf(value, { value, ...rest })] };
        await (await GraphSession.create(lowerSegment(trace, weights, segment, options), ["cpu"])).release();
      };
      const whole = "whole graph without it, run";
      const slots = "whole graph with a slot at every softmax, run";
      const rebuilt = "whole graph made with it and run";
      const made = `segment of layer ${MIDDLE} made with it`;
      const names = LAYERS.map(layer => [`segments from layer ${layer} on, run`, layer] as const);
      const variants: Record<string, Variant> = {
        [whole]: timed(() => plain.run([logits], feed(inputs.input_ids, []))),
        [slots]: timed(round => bySlots(MIDDLE, round)),
        [rebuilt]: timed(round => byRebuilding(MIDDLE, round)),
        [made]: timed(makeSegment),
        ...Object.fromEntries(names.map(([name, layer]) => [name, timed(round => bySegments(layer, round))])),
      };
      const samples = await interleave(bench, variants, 1);
      for (const session of [plain, slotted]) await session.release();
      await program.dispose();
      return {
        comparisons: compare(samples, "ms", [
          ...names.flatMap(([name]) => [rebuilt, slots, whole].map(baseline => [name, baseline] as const)),
          [made, rebuilt],
          [slots, whole],
        ]),
        facts: [
          `weights: ${precision}; ${segments.length} segments, those before the ablated layer taken from an earlier run`,
          `the logits of all ways agree within ${TOLERANCE}`,
        ],
      };
    } finally {
      live.dispose();
    }
  },
};

/** The weights of one head set to zero. */
function ablate({ path, parts: { weights } }: Attention, index: number): IndexedIntervention {
  if (weights.head === null) throw new Error(`${path} has no heads`);
  return {
    value: weights.value,
    selector: { axes: [{ axis: weights.head, index }] },
    operation: { kind: "zero" },
  };
}

function feed(ids: Tensor, interventions: readonly IndexedIntervention[]): Feed {
  return source => {
    if (source.kind === "value") return ids;
    if (source.kind === "symbol") throw new Error(`a whole graph shows the size ${source.symbol} itself`);
    return int64([controlNumber(interventions[source.intervention]!, source.control)], []);
  };
}

function requireSame(actual: Tensor, expected: Tensor, what: string): void {
  const wanted = numbers(expected);
  const off = Array.from(numbers(actual)).findIndex(
    (value, i) => !(Math.abs(value - wanted[i]!) <= TOLERANCE),
  );
  if (off >= 0) throw new Error(`${what}: logit ${off} differs from the whole graph made with it`);
}
