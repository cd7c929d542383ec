import { existsSync } from "node:fs";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { readWholeFile } from "../whole-file.ts";
import { parseConfig } from "./config-json.ts";

/** What generation and tracing need to know of a checkpoint, beside its weights. */
export interface CheckpointFolder {
  readonly folder: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** generation_config.json, empty where there is none. */
  readonly generation: Readonly<Record<string, unknown>>;
}

/** @throws Error that names config.json where it is missing or broken. */
export async function readCheckpointFolder(folder: string): Promise<CheckpointFolder> {
  const config = await readJson(join(folder, "config.json"));
  if (!config)
    throw new Error(t("{0} is missing; the folder is not a checkpoint.", join(folder, "config.json")));
  return { folder, config, generation: (await readJson(join(folder, "generation_config.json"))) ?? {} };
}

export function hasTokenizer({ folder }: CheckpointFolder): boolean {
  return existsSync(join(folder, "tokenizer.json"));
}

/** Ids that end a text, from generation_config.json, else config.json. */
export function stopIds({ config, generation }: CheckpointFolder): number[] {
  const ids = generation.eos_token_id ?? config.eos_token_id;
  return (Array.isArray(ids) ? ids : [ids]).filter(id => typeof id === "number");
}

async function readJson(path: string): Promise<Record<string, unknown> | null> {
  const text = await readWholeFile(path);
  if (text === null) return null;
  try {
    const json: unknown = parseConfig(text);
    if (typeof json === "object" && json !== null && !Array.isArray(json)) {
      return json as Record<string, unknown>;
    }
  } catch (error) {
    throw new Error(t("{0} is not valid JSON: {1}", path, (error as Error).message));
  }
  throw new Error(t("{0} holds no JSON object.", path));
}
