import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CheckpointOutline, OutlinedTensor } from "../../shared/checkpoint/outline.ts";
import { t } from "../../shared/l10n.ts";
import { type GgufFile, readGgufHeader } from "../models/gguf.ts";
import { GGUF_ARCHITECTURES } from "../models/gguf-architectures.ts";
import { splitLayer } from "../models/gguf-config.ts";
import { READ_GGUF_TYPES } from "../models/gguf-types.ts";
import { LAYOUT } from "../models/layout.ts";
import { readSafetensorsOutline } from "../weights/safetensors.ts";
import { SAFETENSORS_DTYPES, WeightFileError } from "../weights/safetensors-header.ts";
import { readWeightIndex, SHARD_INDEX } from "../weights/weight-files.ts";
import { readWholeFile } from "../whole-file.ts";

/**
 * What a checkpoint file holds: `….safetensors`, all files of `….safetensors.index.json`, or `….gguf` (all parts, where
 * the file is one of several). Headers are read and checked against the files; no tensor is.
 * @throws Error naming the file and what is wrong.
 */
export async function readOutline(path: string): Promise<CheckpointOutline> {
  if (path.endsWith(".gguf")) return ggufOutline(await ggufParts(path));
  if (!path.endsWith(SHARD_INDEX)) return safetensorsOutline([path], await indexNaming(path));
  const { paths } = await readWeightIndex(dirname(path), basename(path));
  return safetensorsOutline(paths, null);
}

async function safetensorsOutline(
  paths: readonly string[],
  index: string | null,
): Promise<CheckpointOutline> {
  const files: { path: string; bytes: number }[] = [];
  const tensors: OutlinedTensor[] = [];
  const metadata = new Map<string, string>();
  for (const [file, path] of paths.entries()) {
    const header = await readSafetensorsOutline(path);
    files.push({ path, bytes: header.size });
    const own = header.metadata.get("format") === LAYOUT.format;
    for (const [key, value] of header.metadata) metadata.set(key, shortened(value));
    for (const [name, { word, shape, offset, length }] of header.entries) {
      // what fills the holes of our own layout is no tensor
      if (own && name.endsWith(".padding")) continue;
      const readable = SAFETENSORS_DTYPES.has(word);
      tensors.push({ name, parameter: null, dtype: word, shape, file, offset, bytes: length, readable });
    }
  }
  return { format: "safetensors", files, tensors, metadata: [...metadata], index };
}

async function ggufOutline(paths: readonly string[]): Promise<CheckpointOutline> {
  const files: { path: string; bytes: number }[] = [];
  const tensors: OutlinedTensor[] = [];
  const metadata = new Map<string, string>();
  let architecture: string | null = null;
  for (const [file, path] of paths.entries()) {
    const header = await readGgufHeader(path);
    files.push({ path, bytes: (await stat(path)).size });
    architecture ??= architectureOf(header);
    for (const [key, value] of Object.entries(header.metadata)) {
      if (!metadata.has(key)) metadata.set(key, shortened(value));
    }
    for (const { name, type: dtype, shape, start: offset, bytes } of header.tensors.values()) {
      const parameter = parameterOf(name, architecture);
      const readable = READ_GGUF_TYPES.includes(dtype);
      tensors.push({ name, parameter, dtype, shape, file, offset, bytes, readable });
    }
  }
  return { format: "gguf", files, tensors, metadata: [...metadata], index: null };
}

function architectureOf({ metadata }: GgufFile): string | null {
  const name = metadata["general.architecture"];
  return typeof name === "string" && Object.hasOwn(GGUF_ARCHITECTURES, name) ? name : null;
}

/** What transformers calls a tensor of GGUF. */
function parameterOf(name: string, architecture: string | null): string | null {
  if (architecture === null) return null;
  const { pattern, layer } = splitLayer(name);
  return GGUF_ARCHITECTURES[architecture]!.tensors[pattern]?.replace("{n}", layer) ?? null;
}

/** Most parts that one model is split into. */
const MOST_PARTS = 1000;

/** All parts of a file that calls itself one of several: `….-00002-of-00005.gguf`. */
async function ggufParts(path: string): Promise<readonly string[]> {
  const match = /^(.*)-\d{5}-of-(\d{5})\.gguf$/.exec(basename(path));
  const count = Number(match?.[2]);
  if (!match || count < 2 || count > MOST_PARTS) return [path];
  const names = Array.from(
    { length: count },
    (_, part) => `${match[1]}-${String(part + 1).padStart(5, "0")}-of-${match[2]}.gguf`,
  );
  const present = new Set(await readdir(dirname(path)));
  const missing = names.find(name => !present.has(name));
  if (missing !== undefined) {
    throw new WeightFileError(
      t("{0} is missing: {1} is one of {2} parts. Fetch it as well.", missing, path, count),
      path,
    );
  }
  return names.map(name => join(dirname(path), name));
}

/** An index beside a file that names it with others. */
async function indexNaming(path: string): Promise<string | null> {
  const folder = dirname(path);
  const indices = (await readdir(folder).catch(() => [])).filter(name => name.endsWith(SHARD_INDEX));
  for (const name of indices) {
    const text = await readWholeFile(join(folder, name)).catch(() => null);
    if (text?.includes(JSON.stringify(basename(path)))) return join(folder, name);
  }
  return null;
}

/** Longest text that is shown of one value, and most entries of a list. */
const LONGEST = 4000;
const MOST_ENTRIES = 8;

function shortened(value: unknown): string {
  if (Array.isArray(value)) {
    const shown = value.slice(0, MOST_ENTRIES).map(entry => shortened(entry));
    const rest = value.length - shown.length;
    return `[${shown.join(", ")}${rest > 0 ? `, … +${rest}` : ""}]`;
  }
  const text = String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
