import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformersFolder } from "../../src/runtime/models/add.ts";
import { cacheAt } from "../../src/runtime/models/cache.ts";

export const projectDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folder that holds `transformers/`, unmodified, unpacked from its wheel before the tests start; never committed. */
export function transformersDirectory(): string {
  return transformersFolder(cacheAt(join(projectDirectory, ".cache")));
}

export function fixturesDirectory(area: string): string {
  return join(projectDirectory, "test", "fixtures", area);
}

/** Real papers and truth about real models, beside the checkout where they are at hand; null elsewhere. */
export function sharedDirectory(): string | null {
  const directory = join(dirname(projectDirectory), "shared");
  return existsSync(join(directory, "papers")) ? directory : null;
}

/** Snapshots of the tracer's interpreter, shared by all tests: a start takes half a second instead of many. */
export function tracerCacheDirectory(): string {
  return join(projectDirectory, ".cache", "tracer");
}
