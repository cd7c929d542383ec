import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectDirectory = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The release of transformers whose unmodified files the tests run; taken from its wheel, never committed. */
export const TRANSFORMERS_VERSION = "5.18.0";

/** Folder that holds `transformers/`, unpacked from the wheel before the tests start. */
export function transformersDirectory(): string {
  return join(projectDirectory, ".cache", `transformers-${TRANSFORMERS_VERSION}`);
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
