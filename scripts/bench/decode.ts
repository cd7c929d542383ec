import { rm } from "node:fs/promises";
import { join } from "node:path";
import { benchDirectory } from "./build.ts";
import { exportForTransformersJs } from "./export.ts";
import type { Measurement } from "./measurement.ts";
import { compare, interleave, type Variant } from "./rounds.ts";
import { createLive } from "./runtime.ts";
import { smolLm2 } from "./smollm2.ts";

const TOKENS = 64;

/** Long enough an answer that neither side meets an end of text. */
const PROMPT = "The history of mathematics is a long story, and it begins with";

/** Generation here against transformers.js, both on the same graph and weights. */
export const decode: Measurement = {
  name: "decode",
  title: `continuing a prompt by ${TOKENS} tokens with SmolLM2, greedily, text streamed`,
  rounds: 7,
  async run(bench) {
    const request = smolLm2();
    const folder = join(benchDirectory, "export");
    const live = createLive();
    try {
      await exportForTransformersJs(live, request, folder);
      const model = await live.open(request);
      const theirs = await transformersJs(folder);
      let ours: readonly number[] = [];
      let streamed: readonly number[] = [];
      const samples = await interleave(bench, {
        "Papertrace, in its process": tokensPerSecond(async () => {
          ours = (await model.generate({ prompt: PROMPT, tokens: TOKENS }, () => undefined)).tokens;
          return ours.length;
        }),
        "transformers.js": tokensPerSecond(async () => {
          streamed = await theirs();
          return streamed.length;
        }),
      });
      return {
        comparisons: compare(samples, "tokens/s", [
          ["Papertrace, in its process", "transformers.js", { atLeast: 0.9 }],
        ]),
        facts: [
          `tokens: ${ours.length} and ${streamed.length}, ${ours.join() === streamed.join() ? "the same" : "NOT the same"}; weights: ${model.precision}`,
          "from the call to the last token, the prompt included; the same options of onnxruntime on both sides",
        ],
      };
    } finally {
      live.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function tokensPerSecond(generate: () => Promise<number>): Variant {
  return async () => {
    const began = performance.now();
    const tokens = await generate();
    return (1000 * tokens) / (performance.now() - began);
  };
}

/** transformers.js on an exported folder: continues the prompt and gives the new ids. */
async function transformersJs(folder: string): Promise<() => Promise<number[]>> {
  const library = await import("@huggingface/transformers");
  library.env.allowRemoteModels = false;
  library.env.localModelPath = benchDirectory;
  const name = folder.slice(benchDirectory.length + 1);
  const tokenizer = await library.AutoTokenizer.from_pretrained(name);
  const model = await library.AutoModelForCausalLM.from_pretrained(name, {
    dtype: "fp32",
    device: "cpu",
    session_options: {
      graphOptimizationLevel: "all",
      extra: { session: { force_spinning_stop: "1" } },
      logSeverityLevel: 3,
    },
  });
  return async () => {
    const inputs = tokenizer(PROMPT);
    const ids = await model.generate({
      ...inputs,
      max_new_tokens: TOKENS,
      do_sample: false,
      streamer: new library.TextStreamer(tokenizer, {
        skip_prompt: true,
        callback_function: () => undefined,
      }),
    });
    const all = [...(ids as { data: BigInt64Array }).data].map(Number);
    return all.slice(inputs.input_ids.dims.at(-1));
  };
}
