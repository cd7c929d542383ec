import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import { PROVIDERS, type Provider } from "../../shared/run.ts";
import { bindingsOf, specsOf } from "../live/inputs.ts";
import { Live } from "../live/live.ts";
import { userCache } from "../models/cache.ts";
import { readSafetensors, writeTensors } from "../weights/safetensors.ts";
import { type Command, UsageError } from "./command.ts";
import { EXAMPLE_OPTIONS, EXAMPLE_USAGE, readExample } from "./example.ts";
import { MODEL_OPTIONS, readModel, readSource, SOURCE_USAGE } from "./model.ts";

/** `papertrace run`: one forward pass of a checkpoint, or of a class with random weights, from file to file. */
export const runCommand: Command = {
  name: "run",
  usage: `run [--model DIR] ${SOURCE_USAGE} ${EXAMPLE_USAGE} --inputs IN.safetensors --output OUT.safetensors [--tap VALUE ...] [--provider ${PROVIDERS.join("|")}] [--json]`,
  async run(argv, io) {
    const { values: options } = parseArgs({
      args: [...argv],
      options: {
        ...MODEL_OPTIONS,
        ...EXAMPLE_OPTIONS,
        inputs: { type: "string" },
        output: { type: "string" },
        tap: { type: "string", multiple: true, default: [] },
        provider: { type: "string", default: "cpu" },
        json: { type: "boolean", default: false },
      },
    });
    const { model, inputs: inputFile, output: outputFile, provider } = options;
    if (!inputFile || !outputFile) throw new UsageError(t("run needs {0}.", "--inputs, --output"));
    if (!isProvider(provider)) {
      throw new UsageError(t("Unknown provider “{0}”; there are: {1}.", provider, PROVIDERS.join(", ")));
    }
    const chosen = model ? await readModel(model, options, io) : await readSource(options, io);
    if (chosen.checkpoint === null) {
      io.err(t("{0} has no checkpoint: it runs with random weights, made from one seed.", chosen.class));
    }
    const inputs = Object.fromEntries(await readSafetensors(inputFile));
    const specs = specsOf(inputs);
    const live = new Live({ cacheDirectory: userCache(io.environment).root, log: line => io.err(line) });
    try {
      const opened = await live.open(
        {
          ...chosen,
          ...(await readExample(options, io)),
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
            checkpoint: chosen.checkpoint,
            source: chosen.source,
            class: chosen.class,
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
