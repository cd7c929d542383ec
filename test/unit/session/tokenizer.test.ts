import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CheckpointTokenizer } from "../../../src/runtime/session/tokenizer.ts";

let folder: string;

/** Every byte is a token, in the order of byte-level BPE's alphabet; `<end>` is 256. */
async function writeByteTokenizer(path: string): Promise<void> {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let extra = 0;
  const vocabulary = Object.fromEntries(
    Array.from({ length: 256 }, (_, byte) => [
      String.fromCodePoint(printable(byte) ? byte : 256 + extra++),
      byte,
    ]),
  );
  const end = { id: 256, content: "<end>", special: true, single_word: false, lstrip: false, rstrip: false };
  const tokenizer = {
    version: "1.0",
    added_tokens: [{ ...end, normalized: false }],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", vocab: vocabulary, merges: [] },
  };
  await writeFile(join(path, "tokenizer.json"), JSON.stringify(tokenizer));
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-tokenizer-"));
  await writeByteTokenizer(folder);
});

after(() => rm(folder, { recursive: true }));

test("characters of several tokens are whole in one piece, and special tokens have names", async () => {
  const tokenizer = await CheckpointTokenizer.load(folder);
  const ids = tokenizer.encode("a 한");
  assert.equal(ids.length, 5);
  assert.deepEqual(
    tokenizer.pieces([...ids, 256]).map(token => token.text),
    ["a", " ", "", "", "한", "<end>"],
  );
  assert.equal(tokenizer.decode([...ids, 256], { special: false }), "a 한");
  const growing = tokenizer.continuation();
  const pieces: string[] = [];
  for (const id of [...ids, 256]) pieces.push(await growing.push(id));
  assert.equal(pieces.join(""), "a 한");
});

test("bytes that never make a character do not hold the text back for ever", async () => {
  const tokenizer = await CheckpointTokenizer.load(folder);
  const text = tokenizer.pieces(new Array(20).fill(0x80)).map(token => token.text);
  assert.ok(text.some(piece => piece.includes("\uFFFD")));
});

test("a chat needs a template, which may lie in a file of its own", async () => {
  const tokenizer = await CheckpointTokenizer.load(folder);
  assert.throws(() => tokenizer.encode("hi", true), /no chat template/);
  await writeFile(
    join(folder, "chat_template.jinja"),
    "{% for m in messages %}[{{ m.content }}]{% endfor %}>",
  );
  const chatting = await CheckpointTokenizer.load(folder);
  assert.equal(chatting.decode(chatting.encode("hi", true), { special: true }), "[hi]>");
});

test("a folder without a tokenizer is named", async () => {
  const empty = await mkdtemp(join(tmpdir(), "papertrace-tokenizer-"));
  await assert.rejects(CheckpointTokenizer.load(empty), new RegExp(`${empty}.*tokenizer\\.json`));
  await writeFile(join(empty, "tokenizer.json"), "{");
  await assert.rejects(CheckpointTokenizer.load(empty), /not valid JSON/);
  await rm(empty, { recursive: true });
});
