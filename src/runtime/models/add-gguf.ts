import { existsSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { t } from "../../shared/l10n.ts";
import { userCache, withCacheLock } from "./cache.ts";
import { formatCard } from "./card.ts";
import { type CheckpointInfo, describeCheckpoint } from "./checkpoint.ts";
import { type AddOptions, progressOf, waiting } from "./progress.ts";
import { repack } from "./repack.ts";
import { replaceFolder } from "./replace-folder.ts";

/**
 * Repacks a GGUF file of the reader's own into the cache, under the name of the file; the file itself stays as it is.
 * @throws Error that names the file and what in it is not supported, or the model that has its name already.
 */
export async function addGguf(path: string, options: AddOptions = {}): Promise<CheckpointInfo> {
  const { cache = userCache(options.environment), signal } = options;
  const { describe = describeCheckpoint, repack: repackFile = repack } = options;
  const file = resolve(path);
  const info = await stat(file).catch(() => null);
  if (!info?.isFile()) throw new Error(t("There is no file {0}.", file));
  const id = modelIdOf(file);
  const folder = join(cache.models, id);
  const work = async (): Promise<CheckpointInfo> => {
    if (existsSync(folder)) throw new Error(t("There is a model {0} already; remove it first.", id));
    const fill = async (unfinished: string): Promise<void> => {
      const onFraction = progressOf(options, t("Repacking {0}", basename(file)));
      const { name, license } = await repackFile(file, unfinished, { signal, onFraction });
      const facts = {
        ...(name !== null && { model_name: name }),
        ...(license !== null && { license }),
        source_file: file,
      };
      await writeFile(join(unfinished, "README.md"), formatCard(facts, ""));
    };
    // How much the weights take, repacking tells.
    await replaceFolder(folder, () => 0, fill);
    return describe(folder, id, "cache");
  };
  return withCacheLock(cache, `model-${id}`, work, { signal, onWait: waiting(options) });
}

/** The file's name in lower case, made of the characters that an id may have. */
function modelIdOf(file: string): string {
  const name = basename(file, ".gguf").toLowerCase();
  return name.replaceAll(/[^a-z0-9_.-]+/g, "-").replace(/^[^a-z0-9]+/, "") || "model";
}
