import { readFile } from "node:fs/promises";
import { delimiter, resolve } from "node:path";
import { t } from "../../shared/l10n.ts";
import { parseConfig } from "../live/config-json.ts";
import type { OpenRequest } from "../live/types.ts";
import { userCache } from "../models/cache.ts";
import { packageFolders } from "../packages/installed.ts";
import { type CommandIo, UsageError } from "./command.ts";

/** How to build and call a class that no config says it of, and where its imports are; for `parseArgs`. */
export const EXAMPLE_OPTIONS = {
  config: { type: "string" },
  arguments: { type: "string" },
  construct: { type: "string" },
  call: { type: "string" },
  packages: { type: "string", multiple: true },
} as const;

/** The same for a usage line. */
export const EXAMPLE_USAGE =
  "[--config config.json] [--arguments JSON|FILE.json] [--construct EXPRESSION] [--call EXPRESSION] [--packages DIR ...]";

interface ExampleOptions {
  readonly config?: string;
  readonly arguments?: string;
  readonly construct?: string;
  readonly call?: string;
  readonly packages?: readonly string[];
}

/**
 * What the options give of a request. Imports are looked up in the folders of `--packages`, then in those of PYTHONPATH and
 * in what `papertrace packages add` has brought.
 * @throws UsageError where the arguments are no JSON object; Error naming a config that is none.
 */
export async function readExample(
  options: ExampleOptions,
  io: CommandIo,
): Promise<Pick<OpenRequest, "config" | "arguments" | "construct" | "call" | "packages">> {
  const named = [...(options.packages ?? []), ...(io.environment.PYTHONPATH ?? "").split(delimiter)];
  return {
    ...(options.config ? { config: await readConfig(options.config) } : {}),
    ...(options.arguments ? { arguments: await readArguments(options.arguments) } : {}),
    ...(options.construct ? { construct: options.construct } : {}),
    ...(options.call ? { call: options.call } : {}),
    packages: [
      ...named.filter(folder => folder !== "").map(folder => resolve(folder)),
      ...packageFolders(userCache(io.environment)),
    ],
  };
}

/** The class that an expression such as `models.GPT(GPTConfig())` builds. */
export function classOf(construct: string): string | undefined {
  return /^\s*(?:\w+\.)*(\w+)\s*\(/.exec(construct)?.[1];
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, "utf8");
  let config: unknown;
  try {
    config = parseConfig(text);
  } catch (error) {
    throw new Error(t("{0} is not valid JSON: {1}", path, (error as Error).message));
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new Error(t("{0} does not hold a configuration: a JSON object is expected.", path));
  }
  return config as Record<string, unknown>;
}

async function readArguments(given: string): Promise<Record<string, unknown>> {
  const text = given.trimStart().startsWith("{") ? given : await readFile(given, "utf8");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Said below.
  }
  throw new UsageError(t("--arguments takes a JSON object with the constructor's arguments by name."));
}
