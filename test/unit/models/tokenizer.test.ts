import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { AutoTokenizer, type PreTrainedTokenizer } from "@huggingface/transformers";
import { huggingFaceTokenizer } from "../../../src/runtime/models/gguf-tokenizer.ts";
import { fixturesDirectory } from "../../support/paths.ts";

/** Made by scripts/fixtures/smollm2_tokens.py: the part of SmolLM2's vocabulary that the texts use. */
interface Fixture {
  readonly tokens: Readonly<Record<string, string>>;
  /** The first so many tokens are control tokens. */
  readonly special: number;
  readonly vocabulary: number;
  readonly merges: readonly string[];
  readonly cases: readonly (readonly [text: string, ids: readonly number[]])[];
}

const TEMPLATE =
  "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}";

describe("tokenizer of a GGUF file", () => {
  let fixture: Fixture;
  let folder: string;
  let tokenizer: PreTrainedTokenizer;

  before(async () => {
    fixture = JSON.parse(await readFile(join(fixturesDirectory("models"), "smollm2-tokens.json"), "utf8"));
    folder = await mkdtemp(join(tmpdir(), "papertrace-tokenizer-"));
    const ids = [...Array(fixture.vocabulary).keys()];
    const metadata = {
      "tokenizer.ggml.model": "gpt2",
      "tokenizer.ggml.pre": "smollm",
      "tokenizer.ggml.tokens": ids.map(id => fixture.tokens[id] ?? `<not used ${id}>`),
      "tokenizer.ggml.token_type": ids.map(id => (id < fixture.special ? 3 : 1)),
      "tokenizer.ggml.merges": fixture.merges,
      "tokenizer.ggml.unknown_token_id": 0,
      "tokenizer.chat_template": TEMPLATE,
    };
    const config = {
      vocab_size: fixture.vocabulary,
      max_position_embeddings: 8192,
      num_hidden_layers: 30,
      num_attention_heads: 9,
      num_key_value_heads: 3,
      head_dim: 64,
      bos_token_id: 1,
      eos_token_id: 2,
      pad_token_id: 2,
    };
    const files = huggingFaceTokenizer({ path: "model.gguf", metadata, tensors: new Map() }, config);
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), JSON.stringify(content));
    tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  });
  after(() => rm(folder, { recursive: true }));

  it("gives the ids of the original for a thousand texts", () => {
    assert.equal(fixture.cases.length, 1000);
    for (const [text, ids] of fixture.cases) {
      assert.deepEqual(tokenizer.encode(text, { add_special_tokens: false }), ids, JSON.stringify(text));
    }
  });

  it("adds nothing by itself", () => {
    const [text, ids] = fixture.cases[0]!;
    assert.deepEqual(tokenizer.encode(text), ids);
  });

  it("gives the texts back", () => {
    for (const [text, ids] of fixture.cases) {
      assert.equal(tokenizer.decode([...ids], { clean_up_tokenization_spaces: false }), text);
    }
  });

  it("knows its special tokens and its chat template", () => {
    assert.equal(tokenizer.bos_token, "<|im_start|>");
    assert.equal(tokenizer.eos_token, "<|im_end|>");
    assert.equal(tokenizer.pad_token, "<|im_end|>");
    const chat = tokenizer.apply_chat_template([{ role: "user", content: "Hi" }], { tokenize: false });
    assert.equal(chat, "<|im_start|>user\nHi<|im_end|>\n");
  });
});
