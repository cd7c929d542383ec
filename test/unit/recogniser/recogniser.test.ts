import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { componentsOf } from "../../../src/runtime/recognise/components.ts";
import { Recogniser } from "../../../src/runtime/recogniser/recogniser.ts";
import { attentionTrace } from "../../support/attention-trace.ts";

const folder = mkdtempSync(join(tmpdir(), "papertrace-recogniser-"));
const recogniser = new Recogniser({ folder });
after(() => {
  recogniser.dispose();
  rmSync(folder, { recursive: true });
});

const stored = () => readdirSync(folder).map(name => join(folder, name));

test("the thread finds what the rules find, once for each trace", async () => {
  const trace = attentionTrace();
  const asked = recogniser.components(trace);
  assert.equal(recogniser.components(trace), asked);
  assert.deepEqual(await asked, componentsOf(trace));
  assert.ok((await asked).modules["layers.0.attn"]?.includes("self-attention"));
});

test("what was found is kept by content: it serves an equal trace, and not another", async () => {
  const [file] = stored();
  const kept = JSON.parse(readFileSync(file!, "utf8"));
  writeFileSync(file!, JSON.stringify({ ...kept, modules: { kept: ["self-attention"] } }));
  assert.deepEqual((await recogniser.components(attentionTrace())).modules, { kept: ["self-attention"] });
  const other = attentionTrace({ cross: true });
  assert.deepEqual(await recogniser.components(other), componentsOf(other));
  assert.equal(stored().length, 2);
});

test("a damaged file is looked at again, and written whole", async () => {
  for (const file of stored()) writeFileSync(file, "{");
  const trace = attentionTrace();
  assert.deepEqual(await recogniser.components(trace), componentsOf(trace));
  assert.ok(stored().some(file => readFileSync(file, "utf8") === JSON.stringify(componentsOf(trace))));
});

test("a trace that is none fails by itself; the thread serves on", async () => {
  const trace = attentionTrace();
  await assert.rejects(recogniser.components({ ...trace }, gzipSync("{")), /JSON/);
  assert.deepEqual(await recogniser.components({ ...trace }), componentsOf(trace));
});

test("an ended thread starts anew", async () => {
  const trace = attentionTrace({ causal: false });
  const other = new Recogniser({ folder });
  const asked = other.components(trace, gzipSync(JSON.stringify(trace)));
  other.dispose();
  await assert.rejects(asked, /ended/);
  assert.deepEqual(await other.components(trace), componentsOf(trace));
  other.dispose();
});
