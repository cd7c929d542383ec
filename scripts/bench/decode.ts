import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LiveModel } from "../../src/runtime/live/types.ts";
import { benchDirectory } from "./build.ts";
import { exportForTransformersJs } from "./export.ts";
import { floatCheckpoint } from "./float-checkpoint.ts";
import type { Measurement } from "./measurement.ts";
import { compare, interleave, type Samples, type Variant } from "./rounds.ts";
import { createLive } from "./runtime.ts";
import { smolLm2 } from "./smollm2.ts";

const TOKENS = 256;

/** Enough for everything to have been loaded once. */
const WARM_UP_TOKENS = 8;

/** Long enough an answer that neither side meets an end of text. */
const PROMPT = "The history of mathematics is a long story, and it begins with";

/**
 * Generation here against transformers.js on the same graph and weights, against the same weights as float32, and, where
 * NODE_LLAMA_CPP names the folder of the package node-llama-cpp and SMOLLM2_GGUF the model's file, against llama.cpp.
 */
export const decode: Measurement = {
  name: "decode",
  title: `continuing a prompt by ${TOKENS} tokens with SmolLM2, greedily, text streamed`,
  rounds: 5,
  async run(bench) {
    const request = smolLm2();
    const folder = join(benchDirectory, "export");
    const live = createLive();
    try {
      await exportForTransformersJs(live, request, folder);
      const model = await live.open(request);
      const float = await live.open({
        ...request,
        checkpoint: await floatCheckpoint(model.trace, request.checkpoint),
      });
      const theirs = await transformersJs(folder);
      const llama = await llamaCpp();
      let ours: readonly number[] = [];
      let streamed: readonly number[] = [];
      const continued = async (opened: LiveModel, tokens: number, fast = false) =>
        (await opened.generate({ prompt: PROMPT, tokens, fast }, () => undefined)).tokens;
      const variants: Record<string, Variant> = {
        [EXACT]: tokensPerSecond(async tokens => {
          ours = await continued(model, tokens);
          return ours.length;
        }),
        [THEIRS]: tokensPerSecond(async tokens => {
          streamed = await theirs(tokens);
          return streamed.length;
        }),
        [FAST]: tokensPerSecond(async tokens => (await continued(model, tokens, true)).length),
        [FLOAT]: tokensPerSecond(async tokens => (await continued(float, tokens)).length),
        ...(llama && { [LLAMA]: tokensPerSecond(llama) }),
      };
      const samples = await interleave(bench, variants, 1);
      const perToken: Samples<string> = Object.fromEntries(
        Object.entries(samples).map(([name, speeds]) => [name, speeds.map(speed => 1000 / speed)]),
      );
      return {
        comparisons: [
          ...compare(samples, "tokens/s", [[EXACT, THEIRS, { atLeast: 1.15 }]]),
          ...(llama
            ? compare(samples, "tokens/s", [
                [FAST, LLAMA, { atLeast: 0.9 }],
                [EXACT, LLAMA],
              ])
            : []),
          ...compare(perToken, "ms", [
            [EXACT, FLOAT, { atMost: 0.7 }],
            [FAST, FLOAT],
          ]),
        ],
        facts: [
          `tokens: ${ours.length} and ${streamed.length}, ${ours.join() === streamed.join() ? "the same" : "NOT the same"}; weights: ${model.precision}`,
          "from the call to the last token, the prompt included; the same graph, kernels and options of onnxruntime on both sides",
          ...(llama
            ? []
            : ["llama.cpp skipped: NODE_LLAMA_CPP and SMOLLM2_GGUF say where it and the model are"]),
        ],
      };
    } finally {
      live.dispose();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const EXACT = "Papertrace, lossless 4-bit";
const FAST = "Papertrace, fast: activations in 8 bits";
const FLOAT = "Papertrace, the same weights as float32";
const THEIRS = "transformers.js, the same lossless graph";
const LLAMA = "llama.cpp, as many threads";

function tokensPerSecond(generate: (tokens: number) => Promise<number>): Variant {
  return async round => {
    const began = performance.now();
    const tokens = await generate(round < 0 ? WARM_UP_TOKENS : TOKENS);
    return (1000 * tokens) / (performance.now() - began);
  };
}

/** transformers.js on an exported folder: continues the prompt and gives the new ids. */
async function transformersJs(folder: string): Promise<(tokens: number) => Promise<number[]>> {
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
  return async tokens => {
    const inputs = tokenizer(PROMPT);
    const ids = await model.generate({
      ...inputs,
      max_new_tokens: tokens,
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

/** What is used of node-llama-cpp. */
interface LlamaPackage {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      tokenize(text: string): number[];
      detokenize(tokens: readonly number[]): string;
      createContext(options: object): Promise<{
        getSequence(): {
          clearHistory(): Promise<void>;
          evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
        };
      }>;
    }>;
  }>;
}

/** llama.cpp on the file that the weights come from: continues the prompt and counts; null where it is not at hand. */
async function llamaCpp(): Promise<((tokens: number) => Promise<number>) | null> {
  const { NODE_LLAMA_CPP: folder, SMOLLM2_GGUF: modelPath } = process.env;
  if (!folder || !modelPath) return null;
  const entry = pathToFileURL(join(folder, "dist", "index.js")).href;
  const { getLlama } = (await import(entry)) as LlamaPackage;
  const threads = availableParallelism();
  const llama = await getLlama({ gpu: false, build: "never", logLevel: "error", maxThreads: threads });
  const model = await llama.loadModel({ modelPath });
  const sequence = (await model.createContext({ contextSize: 512, threads })).getSequence();
  const prompt = model.tokenize(PROMPT);
  return async tokens => {
    await sequence.clearHistory();
    let count = 0;
    for await (const token of sequence.evaluate(prompt, { temperature: 0 })) {
      model.detokenize([token]);
      if (++count === tokens) break;
    }
    return count;
  };
}
