import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { t } from "../../shared/l10n.ts";

/**
 * The folder `media/` that ships with Papertrace: reference sources, the zoo, lessons. It lies beside `dist/` in an
 * installation and beside `src/` in a checkout.
 */
export function mediaDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const media = join(directory, "media");
    if (existsSync(join(media, "sources"))) return media;
    const parent = dirname(directory);
    if (parent === directory)
      throw new Error(t("The media folder of Papertrace is missing; install it again."));
    directory = parent;
  }
}

/** Tiny models that ship with Papertrace, one folder each. */
export function zooDirectory(): string {
  return join(mediaDirectory(), "models");
}

/** Our own modeling source for an architecture as a config names it (`llama`), or null where there is none. */
export function referenceSource(modelType: string): string | null {
  const file = join(mediaDirectory(), "sources", `${modelType.replaceAll(/[^\w-]/g, "")}.py`);
  return existsSync(file) ? file : null;
}
