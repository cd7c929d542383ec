import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { CheckpointInfo } from "../models/checkpoint.ts";
import { referenceSource } from "../models/zoo.ts";

/** A class and the file that defines it. */
export interface SourceChoice {
  readonly source: string;
  readonly class: string;
}

/**
 * The source that a checkpoint is run with where the reader names none: our own reference source of its architecture, else
 * the file of transformers that defines the class.
 * @param transformers folder that contains `transformers/`, or null.
 * @throws Error that says what is missing and how to give it.
 */
export async function chooseSource(
  checkpoint: CheckpointInfo,
  transformers: string | null,
  wanted: { readonly source?: string; readonly class?: string } = {},
): Promise<SourceChoice> {
  const className = wanted.class ?? checkpoint.architecture;
  if (!className) {
    throw new Error(
      t(
        "{0} names no class in “architectures”; say which one: --class NAME",
        join(checkpoint.folder, "config.json"),
      ),
    );
  }
  if (wanted.source) return { source: wanted.source, class: className };
  const reference = checkpoint.modelType ? referenceSource(checkpoint.modelType) : null;
  if (reference && (await defines(reference, className))) return { source: reference, class: className };
  if (transformers && checkpoint.modelType) {
    const source = await findInTransformers(transformers, checkpoint.modelType, className);
    if (source) return { source, class: className };
  }
  throw new Error(
    transformers
      ? t("No source was found that defines {0}; name it: --source FILE.py", className)
      : t("There is no reference source for {0}; name one (--source) or a transformers folder.", className),
  );
}

/** `transformers/models/<folder>/modeling_*.py` that defines the class; the folder is usually the model type. */
async function findInTransformers(
  transformers: string,
  modelType: string,
  className: string,
): Promise<string | null> {
  const models = join(transformers, "transformers", "models");
  const folders = await readdir(models).catch(() => []);
  const likely = modelType.replaceAll("-", "_");
  const ordered = [...folders].sort((a, b) => Number(b === likely) - Number(a === likely));
  for (const folder of ordered) {
    const files = await readdir(join(models, folder)).catch(() => []);
    for (const file of files) {
      if (!file.startsWith("modeling_") || !file.endsWith(".py")) continue;
      const path = join(models, folder, file);
      if (await defines(path, className)) return path;
    }
  }
  return null;
}

async function defines(path: string, className: string): Promise<boolean> {
  const text = await readFile(path, "utf8");
  const at = text.indexOf(`\nclass ${className}`);
  return at >= 0 && /^[(:\s]/.test(text.slice(at + `\nclass ${className}`.length));
}
