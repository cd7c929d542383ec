import { readFile, stat } from "node:fs/promises";
import { t } from "../shared/l10n.ts";

/** No config, tokenizer, card or index that comes with a model is near this size, in bytes. */
const LIMIT = 100_000_000;

/**
 * The text of a file that is read whole; null where there is none. It is asked first whether it is a file, for a pipe
 * would never end, and how large it is.
 * @throws Error that names it and says why it is not read.
 */
export async function readWholeFile(path: string): Promise<string | null> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw new Error(t("{0} is not a file.", path));
    if (info.size > LIMIT) {
      throw new Error(
        t(
          "{0} has {1} bytes, more than the {2} that such a file may have. Fetch it again.",
          path,
          info.size,
          LIMIT,
        ),
      );
    }
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw code === undefined ? error : new Error(t("{0} cannot be opened: {1}.", path, message));
  }
}
