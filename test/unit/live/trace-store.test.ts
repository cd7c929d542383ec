import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TraceStore } from "../../../src/runtime/live/trace-store.ts";
import type { TraceRequest, TraceResult } from "../../../src/shared/trace.ts";
import { tinyTrace } from "../session/tiny-trace.ts";

let folder: string;
let source: string;
let made: string[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-traces-"));
  source = join(folder, "model.py");
});
after(() => rm(folder, { recursive: true }));

const request = (overlay?: Record<string, string>): TraceRequest => ({
  source,
  class: "Tiny",
  config: null,
  transformers: null,
  inputs: [],
  checkpointNames: null,
  overlay,
});

/** Answers as the tracer would that reads `text`. */
const tracing = (text: string) => async (): Promise<TraceResult> => {
  made.push(text);
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { ok: true, trace: { ...tinyTrace(), files: [{ path: source, sha256 }] } };
};

test("a trace serves again, also another process, until a file that it read is changed", async () => {
  made = [];
  await writeFile(source, "one");
  const store = new TraceStore(join(folder, "traces"), "v1");
  const first = await store.resolve(request(), tracing("one"));
  assert.ok(first.ok);
  await store.resolve(request(), tracing("one again"));
  const elsewhere = new TraceStore(join(folder, "traces"), "v1");
  const second = await elsewhere.resolve(request(), tracing("one elsewhere"));
  assert.deepEqual(second, first);
  assert.deepEqual(made, ["one"]);
  await writeFile(source, "two");
  await elsewhere.resolve(request(), tracing("two"));
  assert.deepEqual(made, ["one", "two"]);
});

test("unsaved text, another tracer and another question are traced anew", async () => {
  made = [];
  await writeFile(source, "saved");
  const store = new TraceStore(join(folder, "traces"), "v1");
  await store.resolve(request(), tracing("saved"));
  await store.resolve(request({ [source]: "unsaved" }), tracing("unsaved"));
  await store.resolve(request({ [source]: "unsaved" }), tracing("not needed"));
  await store.resolve({ ...request({ [source]: "unsaved" }), class: "Other" }, tracing("unsaved"));
  await new TraceStore(join(folder, "traces"), "v2").resolve(request(), tracing("saved"));
  assert.deepEqual(made, ["saved", "unsaved", "unsaved", "saved"]);
});

test("failures are not kept, and broken files are traced again", async () => {
  made = [];
  const store = new TraceStore(join(folder, "broken"), "v1");
  const failure = { kind: "syntax", message: "", arguments: [], file: null, line: null } as const;
  const failing: TraceResult = { ok: false, failure: { ...failure, operation: null, detail: null } };
  assert.equal((await store.resolve(request(), async () => failing)).ok, false);
  await writeFile(source, "text");
  await store.resolve(request(), tracing("text"));
  const [file] = await readdir(join(folder, "broken"));
  await writeFile(join(folder, "broken", file!), "not gzip");
  await new TraceStore(join(folder, "broken"), "v1").resolve(request(), tracing("text"));
  assert.deepEqual(made, ["text", "text"]);
});
