import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { t } from "../../shared/l10n.ts";
import { transformersFolder } from "../models/add.ts";
import { userCache } from "../models/cache.ts";
import type { CommandIo } from "./command.ts";

/**
 * The folder that contains `transformers/`: `--transformers`, else `PAPERTRACE_TRANSFORMERS`, else the release unpacked in
 * the cache; null where there is none.
 * @throws Error when the folder that was named does not contain `transformers/`.
 */
export async function findTransformers(option: string | undefined, io: CommandIo): Promise<string | null> {
  const named = option ?? io.environment.PAPERTRACE_TRANSFORMERS;
  if (named) {
    const folder = resolve(named);
    if (await isDirectory(join(folder, "transformers"))) return folder;
    throw new Error(
      t(
        "{0} holds no folder “transformers”; name the folder that contains it, such as site-packages.",
        folder,
      ),
    );
  }
  const unpacked = transformersFolder(userCache(io.environment));
  return (await isDirectory(join(unpacked, "transformers"))) ? unpacked : null;
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false,
  );
}
