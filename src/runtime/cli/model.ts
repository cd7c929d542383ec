import { resolve } from "node:path";
import { t } from "../../shared/l10n.ts";
import { chooseSource, type SourceChoice } from "../live/source.ts";
import { findModel } from "../models/checkpoint.ts";
import { type CommandIo, UsageError } from "./command.ts";
import { classOf } from "./example.ts";
import { findTransformers } from "./transformers.ts";

/** Which checkpoint is run, and with what source; for `parseArgs`. */
export const MODEL_OPTIONS = {
  model: { type: "string" },
  source: { type: "string" },
  class: { type: "string" },
  transformers: { type: "string" },
} as const;

/** The same for a usage line, without the model itself. */
export const SOURCE_USAGE = "[--source FILE.py] [--class C] [--transformers DIR]";

interface SourceOptions {
  readonly source?: string;
  readonly class?: string;
  readonly transformers?: string;
  readonly construct?: string;
}

/**
 * What the options give of a request.
 * @param model id or folder.
 * @throws Error that says what is missing: the model, its source, or transformers.
 */
export async function readModel(
  model: string,
  options: SourceOptions,
  io: CommandIo,
): Promise<SourceChoice & { readonly checkpoint: string; readonly transformers: string | null }> {
  const checkpoint = await findModel(model, { environment: io.environment });
  const transformers = await findTransformers(options.transformers, io);
  const choice = await chooseSource(checkpoint, transformers, {
    source: options.source && resolve(options.source),
    class: options.class ?? (options.construct && classOf(options.construct)),
  });
  return { ...choice, checkpoint: checkpoint.folder, transformers };
}

/**
 * The same of a class without a checkpoint.
 * @throws UsageError where the options name none; Error that says how transformers is found.
 */
export async function readSource(
  options: SourceOptions,
  io: CommandIo,
): Promise<Pick<SourceChoice, "source" | "class"> & { checkpoint: null; transformers: string | null }> {
  const className = options.class ?? (options.construct && classOf(options.construct));
  if (!options.source || !className) throw new UsageError(t("run needs {0}.", "--model | --source, --class"));
  return {
    source: resolve(options.source),
    class: className,
    checkpoint: null,
    transformers: await findTransformers(options.transformers, io),
  };
}
