import { t } from "../../shared/l10n.ts";
import { SHARD_INDEX } from "../weights/weight-files.ts";
import type { KnownFile } from "./file-digest.ts";

/** Beside the weights: what a model, a tokenizer and a reader need. */
const COMPANIONS = [
  /^config\.json$/,
  /^generation_config\.json$/,
  /^(tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab)\.json$/,
  /^(merges|vocab)\.txt$/,
  /^(tokenizer|spiece|sentencepiece\.bpe)\.model$/,
  /^chat_template\.(jinja|json)$/,
  /^(preprocessor|processor|image_processor|video_preprocessor)_config\.json$/,
  /^README\.md$/,
  /^LICEN[CS]E(\.\w+)?$/,
];

const WEIGHTS = ".safetensors";
const PICKLES = /\.(bin|pt|pth|ckpt|h5|msgpack)$/;

/** Fetches an index of shards, and says what it promises: the file of every tensor. */
export type ReadIndex = (index: KnownFile) => Promise<ReadonlyMap<string, string>>;

/**
 * What of a repository is downloaded: weights once, as safetensors, and their companions. A pickle never: reading one would
 * run what is in it.
 * @param name of the repository, for messages.
 * @throws Error that says what there is instead; what `readIndex` throws.
 */
export async function neededFiles(
  files: readonly KnownFile[],
  name: string,
  readIndex: ReadIndex,
): Promise<KnownFile[]> {
  const weights = await weightFiles(files, name, readIndex);
  if (weights.length === 0) throw new Error(whyNone(files, name));
  return [...files.filter(file => COMPANIONS.some(pattern => pattern.test(file.name))), ...weights];
}

/** An index with the shards that it names, whatever they are called: others may lie beside them; else one file. */
async function weightFiles(
  files: readonly KnownFile[],
  name: string,
  readIndex: ReadIndex,
): Promise<KnownFile[]> {
  const single = only(files, `model${WEIGHTS}`, WEIGHTS);
  const index = only(files, `model${SHARD_INDEX}`, SHARD_INDEX);
  if (index === undefined) return single === undefined ? [] : [single];
  const named = new Set((await readIndex(index)).values());
  const shards = files.filter(file => named.has(file.name));
  if (shards.length === named.size) return [index, ...shards];
  if (single !== undefined) return [single];
  const missing = [...named].find(shard => !shards.some(file => file.name === shard))!;
  throw new Error(
    t(
      "{0} does not hold {1}, one of {2} shards that its {3} names. Choose another revision of it.",
      name,
      missing,
      named.size,
      index.name,
    ),
  );
}

/** The file of that name, else the only one with that ending. */
function only(files: readonly KnownFile[], name: string, ending: string): KnownFile | undefined {
  const all = files.filter(file => file.name.endsWith(ending));
  return all.find(file => file.name === name) ?? (all.length === 1 ? all[0] : undefined);
}

function whyNone(files: readonly KnownFile[], name: string): string {
  const gguf = files.find(file => file.name.endsWith(".gguf"));
  if (gguf !== undefined) {
    return t(
      "{0} holds GGUF files and no safetensors. Download one, such as {1}, and add that file.",
      name,
      gguf.name,
    );
  }
  const pickle = files.find(file => PICKLES.test(file.name));
  if (pickle !== undefined) {
    return t(
      "{0} holds its weights as {1} only: reading such a file would run code that is inside it. Choose a revision with safetensors, or convert it: https://huggingface.co/spaces/safetensors/convert",
      name,
      pickle.name,
    );
  }
  return t("{0} holds no weights as safetensors.", name);
}
