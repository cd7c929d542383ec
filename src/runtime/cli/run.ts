import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { Provider } from "../../shared/run.ts";
import { bindingsOf, specsOf } from "../live/inputs.ts";
import { Live } from "../live/live.ts";
import { chooseSource } from "../live/source.ts";
import { userCache } from "../models/cache.ts";
import { findModel } from "../models/checkpoint.ts";
import { readSafetensors, writeTensors } from "../weights/safetensors.ts";
import { type Command, UsageError } from "./command.ts";
import { classOf, EXAMPLE_OPTIONS, EXAMPLE_USAGE, readExample } from "./example.ts";
import { findTransformers } from "./transformers.ts";

/** Providers that `--provider` takes. */
const PROVIDERS: readonly Provider[] = ["cpu", "webgpu", "cuda", "dml", "coreml"];

/** `papertrace run`: one forward pass of a checkpoint, from file to file. */
export const runCommand: Command = {
  name: "run",
  usage: `run --model DIR [--source FILE.py] [--class C] [--transformers DIR] ${EXAMPLE_USAGE} --inputs IN.safetensors --output OUT.safetensors [--tap VALUE ...] [--provider ${PROVIDERS.join("|")}] [--json]`,
  async run(argv, io) {
    const { values: options } = parseArgs({
      args: [...argv],
      options: {
        model: { type: "string" },
        source: { type: "string" },
        class: { type: "string" },
        transformers: { type: "string" },
        ...EXAMPLE_OPTIONS,
        inputs: { type: "string" },
        output: { type: "string" },
        tap: { type: "string", multiple: true, default: [] },
        provider: { type: "string", default: "cpu" },
        json: { type: "boolean", default: false },
      },
    });
    const { model, inputs: inputFile, output: outputFile, provider } = options;
    if (!model || !inputFile || !outputFile) {
      throw new UsageError(t("run needs {0}.", "--model, --inputs, --output"));
    }
    if (!isProvider(provider)) {
      throw new UsageError(t("Unknown provider “{0}”; there are: {1}.", provider, PROVIDERS.join(", ")));
    }
    const checkpoint = await findModel(model, { environment: io.environment });
    const transformers = await findTransformers(options.transformers, io);
    const choice = await chooseSource(checkpoint, transformers, {
      source: options.source && resolve(options.source),
      class: options.class ?? (options.construct && classOf(options.construct)),
    });
    const inputs = Object.fromEntries(await readSafetensors(inputFile));
    const specs = specsOf(inputs);
    const live = new Live({ cacheDirectory: userCache(io.environment).root, log: line => io.err(line) });
    try {
      const opened = await live.open(
        {
          ...choice,
          ...(await readExample(options, io)),
          checkpoint: checkpoint.folder,
          transformers,
          inputs: specs,
          sizes: bindingsOf(specs, inputs),
          providers: [provider],
        },
        io.signal,
      );
      const result = await opened.run({ inputs, taps: options.tap }, io.signal);
      const tensors = new Map<string, Tensor>([["output", result.output]]);
      for (const [ref, tensor] of result.taps) tensors.set(String(ref), tensor);
      await writeTensors(outputFile, tensors);
      if (opened.fallback) io.err(opened.fallback);
      if (options.json) {
        const shapes = [...tensors].map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
        io.out(
          JSON.stringify({
            output: resolve(outputFile),
            tensors: Object.fromEntries(shapes),
            provider: opened.provider,
            precision: opened.precision,
            source: choice.source,
            class: choice.class,
            milliseconds: result.milliseconds,
          }),
        );
      }
      return 0;
    } finally {
      live.dispose();
    }
  },
};

function isProvider(text: string): text is Provider {
  return (PROVIDERS as readonly string[]).includes(text);
}
