import { parseArgs } from "node:util";
import { t } from "../../shared/l10n.ts";
import { Live } from "../live/live.ts";
import { userCache } from "../models/cache.ts";
import { type Command, UsageError } from "./command.ts";
import { MODEL_OPTIONS, readModel, SOURCE_USAGE } from "./model.ts";

/** `papertrace generate`: continues a prompt. */
export const generateCommand: Command = {
  name: "generate",
  usage: `generate --model ID|DIR --prompt TEXT [--chat] [--tokens N] [--temperature T] [--seed S] [--no-cache] [--fast] ${SOURCE_USAGE} [--json]`,
  async run(argv, io) {
    const { values: options } = parseArgs({
      args: [...argv],
      options: {
        ...MODEL_OPTIONS,
        prompt: { type: "string" },
        chat: { type: "boolean", default: false },
        tokens: { type: "string" },
        temperature: { type: "string" },
        seed: { type: "string" },
        "no-cache": { type: "boolean", default: false },
        fast: { type: "boolean", default: false },
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
    const chosen = await readModel(model, options, io);
    const live = new Live({ cacheDirectory: userCache(io.environment).root, log: line => io.err(line) });
    try {
      const opened = await live.open(chosen, io.signal);
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
