import { outputValue, valueIndex } from "../../src/runtime/live/values.ts";
import { lower } from "../../src/runtime/onnx/lower.ts";
import { attentionDrawing } from "../../src/runtime/panel/attention-view.ts";
import { recogniseAttention } from "../../src/runtime/recognise/attention.ts";
import { int64 } from "../../src/runtime/session/numbers.ts";
import { createSession, fromOrt, toOrt } from "../../src/runtime/session/onnxruntime.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import type { Trace } from "../../src/shared/trace.ts";
import type { Bench, Comparison, Expectation, Measurement } from "./measurement.ts";
import { compare, interleave, timed } from "./rounds.ts";
import { createLive, loadInspected } from "./runtime.ts";
import { smolLm2, someIds } from "./smollm2.ts";

const LENGTHS = [32, 128];

/** What it costs that any value can be asked for: against a session that knows the logits alone. */
export const prefill: Measurement = {
  name: "prefill",
  title: "one pass of SmolLM2 over a prompt, values to tap declared and fetched",
  rounds: 21,
  async run(bench) {
    const request = smolLm2();
    const live = createLive();
    try {
      const model = await live.open(request);
      const { trace } = model;
      const logits = outputValue(trace);
      const weights = await openCheckpointWeights(request.checkpoint);
      const graph = lower(trace, weights, { outputs: [logits] });
      const { session: bare } = await createSession(graph.bytes, graph.weightFolder, ["cpu"]);
      const program = await loadInspected(trace, request.checkpoint);
      const all = everyNamedValue(trace);
      const attention = recogniseAttention(trace)[15]!;
      const layer = `${attention.path.replace(/\.[^.]+$/, "")}`;
      const ofLayer = everyNamedValue(trace, layer);
      const few = attentionDrawing(trace, attention, 0).values.map(({ value }) => value);
      const fewValues = few.map(ref => valueIndex(trace, ref));
      const name = graph.outputs[0]!.name;
      const comparisons: Comparison[] = [];
      const bytes: string[] = [];
      for (const length of LENGTHS) {
        // Other ids every time: what a run hands on is known to the next one of the same.
        const inputsOf = (round: number) => ({ input_ids: int64(someIds(length, round), [1, length]) });
        const measured = await measureLength(bench, length, [
          {
            name: "bare session, logits",
            run: async round => {
              const ids = toOrt(inputsOf(round).input_ids);
              return fromOrt((await bare.run({ input_ids: ids }, [name]))[name]!);
            },
          },
          {
            name: "all declared, logits fetched",
            run: round => program.run(inputsOf(round), [logits]),
            expected: { atMost: 1.1 },
          },
          {
            name: "all declared, few fetched",
            run: async round =>
              program.release(await program.run(inputsOf(round + FEW), [logits, ...fewValues])),
            expected: { atMost: 1.1 },
          },
          {
            name: ALL,
            run: async round => program.release(await program.run(inputsOf(round + EVERY), all)),
            expected: { atMost: 1.35 },
          },
          {
            name: "few fetched, next token's logits, from the session's process",
            run: round => model.run({ inputs: inputsOf(round), taps: few, outputAt: LAST }),
          },
          {
            name: "all values of one layer, of the run before",
            run: async round => {
              const inputs = inputsOf(round + EVERY);
              return program.run(inputs, ofLayer);
            },
            before: round => program.run(inputsOf(round + EVERY), [logits]),
            baseline: ALL,
            ...(length === 32 && { expected: { atMost: 0.05 } }),
          },
        ]);
        comparisons.push(...measured);
        const values = await program.run(inputsOf(0), all);
        const total = [...values.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
        bytes.push(`${(total / 1e6).toFixed(0)} MB at ${length} tokens`);
      }
      await bare.release();
      await program.dispose();
      return {
        comparisons,
        facts: [
          `declared: ${all.length} values; few: the ${few.length} of ${attention.path}; one layer: the ${ofLayer.length} of ${layer}; all: ${bytes.join(", ")}`,
          `weights: ${model.precision}; bare: ${graph.nodeCount} nodes, onnxruntime called directly, in the same process`,
        ],
      };
    } finally {
      live.dispose();
    }
  },
};

/** The last token's logits are what a panel shows. */
const LAST = { axes: [{ axis: 1, index: -1 }] };

/** Added to a round so that passes of one round have different ids. */
const FEW = 1000;
const EVERY = 2000;
const ALL = "all declared, all fetched";

interface Pass {
  readonly name: string;
  readonly run: (round: number) => unknown;
  /** What has to have happened, and is not timed. */
  readonly before?: (round: number) => unknown;
  readonly expected?: Expectation;
  /** Name of the pass it is compared with; the first unless said. */
  readonly baseline?: string;
}

/** Every pass but the first, to the first or the one it names. */
async function measureLength(
  bench: Bench,
  length: number,
  passes: readonly [Pass, ...Pass[]],
): Promise<Comparison[]> {
  const label = (name: string) => `${length} tokens: ${name}`;
  const [bare, ...others] = passes;
  const samples = await interleave(
    bench,
    Object.fromEntries(
      passes.map(({ name, run, before }) => [
        label(name),
        async (round: number) => {
          await before?.(round);
          return timed(run)(round);
        },
      ]),
    ),
  );
  return compare(
    samples,
    "ms",
    others.map(pass => [label(pass.name), label(pass.baseline ?? bare.name), pass.expected] as const),
  );
}

/** @param path of a module: its values and those of the modules inside it */
function everyNamedValue(trace: Trace, path = ""): number[] {
  const inside = (module: number) => {
    const own = trace.modules[module]!.path;
    return path === "" || own === path || own.startsWith(`${path}.`);
  };
  const named = trace.named.filter(({ module }) => inside(module)).map(({ value }) => value);
  const values = path === "" ? [...named, ...trace.outputs.map(({ value }) => value)] : named;
  return [...new Set(values)].filter(value => !trace.values[value]!.uninitialised);
}
