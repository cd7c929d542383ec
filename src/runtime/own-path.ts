import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A file or folder of our own that a module needs beside it, such as the script of a process.
 * @param module address of the module.
 * @param source where it lies among the sources, relative to the module.
 * @param bundled where it lies otherwise, relative to the bundle that holds the module.
 */
export function ownPath(module: string, source: string, bundled: string): string {
  const here = dirname(fileURLToPath(module));
  const path = join(here, source);
  return existsSync(path) ? path : join(here, bundled);
}
