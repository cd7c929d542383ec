import { outputValue, valueIndex } from "../../src/runtime/live/values.ts";
import { lower } from "../../src/runtime/onnx/lower.ts";
import { attentionTaps } from "../../src/runtime/panel/attention-view.ts";
import { recogniseAttention } from "../../src/runtime/recognise/attention.ts";
import { int64 } from "../../src/runtime/session/numbers.ts";
import { createSession, fromOrt, toOrt } from "../../src/runtime/session/onnxruntime.ts";
import { LoadedProgram } from "../../src/runtime/session/program.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import type { Trace } from "../../src/shared/trace.ts";
import type { Bench, Comparison, Expectation, Measurement } from "./measurement.ts";
import { compare, interleave, timed } from "./rounds.ts";
import { createLive } from "./runtime.ts";
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
      const program = await LoadedProgram.load({
        key: "bench",
        trace,
        weights: request.checkpoint,
        providers: ["cpu"],
        purpose: "inspect",
      });
      const all = everyNamedValue(trace);
      const attention = recogniseAttention(trace)[15]!;
      const few = attentionTaps(trace, attention);
      const fewValues = few.map(ref => valueIndex(trace, ref));
      const name = graph.outputs[0]!.name;
      const comparisons: Comparison[] = [];
      const bytes: string[] = [];
      for (const length of LENGTHS) {
        const inputs = { input_ids: int64(someIds(length), [1, length]) };
        const measured = await measureLength(bench, length, [
          {
            name: "bare session, logits",
            run: async () => fromOrt((await bare.run({ input_ids: toOrt(inputs.input_ids) }, [name]))[name]!),
          },
          {
            name: "all declared, logits fetched",
            run: () => program.run(inputs, [logits]),
            expected: { atMost: 1.1 },
          },
          {
            name: "all declared, few fetched",
            run: () => program.run(inputs, [logits, ...fewValues]),
            expected: { atMost: 1.1 },
          },
          {
            name: "all declared, all fetched",
            run: () => program.run(inputs, all),
            expected: { atMost: 1.35 },
          },
          { name: "few fetched, from the session's process", run: () => model.run({ inputs, taps: few }) },
        ]);
        comparisons.push(...measured);
        const values = await program.run(inputs, all);
        const total = [...values.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
        bytes.push(`${(total / 1e6).toFixed(0)} MB at ${length} tokens`);
      }
      await bare.release();
      await program.dispose();
      return {
        comparisons,
        facts: [
          `declared: ${all.length} values; few: the ${few.length} of ${attention.path}; all: ${bytes.join(", ")}`,
          `weights: ${model.precision}; bare: ${graph.nodeCount} nodes, onnxruntime called directly, in the same process`,
        ],
      };
    } finally {
      live.dispose();
    }
  },
};

interface Pass {
  readonly name: string;
  readonly run: () => unknown;
  readonly expected?: Expectation;
}

/** Every pass but the first, to the first. */
async function measureLength(
  bench: Bench,
  length: number,
  passes: readonly [Pass, ...Pass[]],
): Promise<Comparison[]> {
  const label = ({ name }: Pass) => `${length} tokens: ${name}`;
  const [bare, ...others] = passes;
  const samples = await interleave(
    bench,
    Object.fromEntries(passes.map(pass => [label(pass), timed(pass.run)])),
  );
  return compare(
    samples,
    "ms",
    others.map(pass => [label(pass), label(bare), pass.expected] as const),
  );
}

function everyNamedValue(trace: Trace): number[] {
  const values = [...trace.named, ...trace.outputs].map(({ value }) => value);
  return [...new Set(values)].filter(value => !trace.values[value]!.uninitialised);
}
