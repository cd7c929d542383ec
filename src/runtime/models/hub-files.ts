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
const SHARD = /-\d{5}-of-\d{5}\.safetensors$/;
const PICKLES = /\.(bin|pt|pth|ckpt|h5|msgpack)$/;

/**
 * What of a repository is downloaded: weights once, as safetensors, and their companions. A pickle never: reading one would
 * run what is in it.
 * @param name of the repository, for messages.
 * @throws Error that says what there is instead.
 */
export function neededFiles(files: readonly KnownFile[], name: string): KnownFile[] {
  const weights = weightFiles(files);
  if (weights.length === 0) throw new Error(whyNone(files, name));
  return [...files.filter(file => COMPANIONS.some(pattern => pattern.test(file.name))), ...weights];
}

function weightFiles(files: readonly KnownFile[]): KnownFile[] {
  const index = only(files, `model${SHARD_INDEX}`, SHARD_INDEX);
  if (index !== undefined) {
    // `model.safetensors.index.json` belongs to `model-00001-of-00002.safetensors`; other originals may lie beside it.
    const stem = index.name.slice(0, -SHARD_INDEX.length);
    const shards = files.filter(({ name }) => name.startsWith(`${stem}-`) && SHARD.test(name));
    if (shards.length > 0) return [index, ...shards];
  }
  const single = only(files, `model${WEIGHTS}`, WEIGHTS);
  return single === undefined ? [] : [single];
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
