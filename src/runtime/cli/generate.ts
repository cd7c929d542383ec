import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { t } from "../../shared/l10n.ts";
import { Live } from "../live/live.ts";
import { chooseSource } from "../live/source.ts";
import { userCache } from "../models/cache.ts";
import { findModel } from "../models/checkpoint.ts";
import { type Command, UsageError } from "./command.ts";
import { findTransformers } from "./transformers.ts";

/** `papertrace generate`: continues a prompt. */
export const generateCommand: Command = {
  name: "generate",
  usage:
    "generate --model ID|DIR --prompt TEXT [--chat] [--tokens N] [--temperature T] [--seed S] [--no-cache] [--fast] [--source FILE.py] [--class C] [--transformers DIR] [--json]",
  async run(argv, io) {
    const { values: options } = parseArgs({
      args: [...argv],
      options: {
        model: { type: "string" },
        prompt: { type: "string" },
        chat: { type: "boolean", default: false },
        tokens: { type: "string" },
        temperature: { type: "string" },
        seed: { type: "string" },
        "no-cache": { type: "boolean", default: false },
        fast: { type: "boolean", default: false },
        source: { type: "string" },
        class: { type: "string" },
        transformers: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    const { model, prompt } = options;
    if (!model || prompt === undefined) throw new UsageError(t("generate needs {0}.", "--model, --prompt"));
    const numbers = {
      tokens: numberOption("tokens", options.tokens, value => Number.isInteger(value) && value > 0),
      temperature: numberOption("temperature", options.temperature, value => value >= 0),
      seed: numberOption("seed", options.seed, value => Number.isInteger(value) && value >= 0),
    };
    const checkpoint = await findModel(model, { environment: io.environment });
    const transformers = await findTransformers(options.transformers, io);
    const choice = await chooseSource(checkpoint, transformers, {
      source: options.source && resolve(options.source),
      class: options.class,
    });
    const live = new Live({ cacheDirectory: userCache(io.environment).root, log: line => io.err(line) });
    try {
      const opened = await live.open({ ...choice, checkpoint: checkpoint.folder, transformers }, io.signal);
      const result = await opened.generate(
        { prompt, chat: options.chat, cache: !options["no-cache"], fast: options.fast, ...numbers },
        undefined,
        io.signal,
      );
      if (result.activations === "int8") io.err(result.precision);
      io.out(options.json ? JSON.stringify(result) : result.text);
      return 0;
    } finally {
      live.dispose();
    }
  },
};

function numberOption(
  name: string,
  text: string | undefined,
  accepts: (value: number) => boolean,
): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && accepts(value)) return value;
  throw new UsageError(t("--{0} cannot be “{1}”.", name, text));
}
