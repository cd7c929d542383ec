import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Identifies the code that made something that is kept: of a bundle the bundle itself, of sources the files of the folders
 * that its rules are made of.
 * @param module address of the module that asks.
 * @param folders of sources, relative to that module.
 */
export function codeVersion(module: string, folders: readonly string[]): string {
  const own = fileURLToPath(module);
  const files = own.endsWith(".ts")
    ? folders.flatMap(folder => {
        const directory = join(dirname(own), folder);
        return globSync("**/*.ts", { cwd: directory }).map(name => join(directory, name));
      })
    : [own];
  const hash = createHash("sha256");
  for (const file of files.sort()) hash.update(readFileSync(file));
  return hash.digest("hex");
}
