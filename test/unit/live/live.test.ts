import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { SourceError } from "../../../src/runtime/live/source-error.ts";
import type { OpenRequest } from "../../../src/runtime/live/types.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { fixturesDirectory } from "../../support/paths.ts";
import { float32 } from "../session/tiny-trace.ts";

const source = join(fixturesDirectory("live"), "modeling_tiny.py");
const VOCABULARY = 5;
const WIDTH = 3;
const EMBED = Array.from({ length: VOCABULARY * WIDTH }, (_, i) => ((i * 7) % 5) - 2);
const HEAD = Array.from({ length: VOCABULARY * WIDTH }, (_, i) => ((i * 3) % 7) - 3);

let cache: string;
let checkpoint: string;
let live: Live;

before(async () => {
  cache = await mkdtemp(join(tmpdir(), "papertrace-live-"));
  checkpoint = join(cache, "checkpoint");
  await mkdir(checkpoint);
  await writeFile(join(checkpoint, "config.json"), JSON.stringify({ vocabulary: VOCABULARY, width: WIDTH }));
  await writeTensors(
    join(checkpoint, "model.safetensors"),
    new Map([
      ["embed.weight", float32([VOCABULARY, WIDTH], EMBED)],
      ["head.weight", float32([VOCABULARY, WIDTH], HEAD)],
    ]),
  );
  live = new Live({ cacheDirectory: cache });
});

after(async () => {
  live.dispose();
  await rm(cache, { recursive: true });
});

const request = (name: string, more: Partial<OpenRequest> = {}): OpenRequest => ({
  source,
  class: name,
  checkpoint,
  transformers: null,
  ...more,
});

const ids = (rows: readonly (readonly number[])[]) => ({
  input_ids: int64(rows.flat(), [rows.length, rows[0]!.length]),
});

/** What Tiny gives, computed here. */
function expected(row: readonly number[], head = HEAD): number[] {
  const sum = new Array<number>(WIDTH).fill(0);
  const factor = row.length > 8 ? 2 : 1;
  return row.flatMap(id => {
    for (let i = 0; i < WIDTH; i++) sum[i]! += EMBED[id * WIDTH + i]!;
    return Array.from(
      { length: VOCABULARY },
      (_, k) => factor * sum.reduce((total, value, i) => total + value * head[k * WIDTH + i]!, 0),
    );
  });
}

test("one trace serves every size, and a size that the source decides by is traced again", async () => {
  const model = await live.open(request("Tiny"));
  assert.equal(model.trace.class, "Tiny");
  assert.equal(model.provider, "cpu");
  assert.equal(model.precision, "float32");
  assert.equal(model.randomWeights, false);
  const traces = () => readdir(join(cache, "traces")).then(files => files.length);
  const run = async (rows: number[][]) => {
    const result = await model.run({ inputs: ids(rows), taps: [":summed#0"], summaries: [":embedded#0"] });
    assert.deepEqual(
      Array.from(numbers(result.output)),
      rows.flatMap(row => expected(row)),
    );
    assert.deepEqual(result.taps.get(":summed#0")!.shape, [rows.length, rows[0]!.length, WIDTH]);
    assert.deepEqual(result.summaries.get(":embedded#0")!.shape, [rows.length, rows[0]!.length, WIDTH]);
  };
  await run([[1]]);
  const short = await traces();
  await run([[1, 2, 3, 4, 0]]);
  await run([
    [1, 2],
    [3, 4],
  ]);
  assert.equal(await traces(), short);
  const long = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4];
  await run([long]);
  assert.equal(await traces(), short + 1);
  // The batch stayed free.
  await run([long, long.toReversed()]);
  assert.equal(await traces(), short + 1);
  model.dispose();
});

test("a value without a name is found again by its index in the trace for another size", async () => {
  const model = await live.open(request("Tiny"));
  const embedded = model.trace.named.find(({ id }) => id === ":embedded#0")!.value;
  const row = [0, 1, 2, 3, 4, 0, 1, 2, 3, 4];
  const result = await model.run({ inputs: ids([row]), taps: [embedded] });
  assert.deepEqual(
    Array.from(numbers(result.taps.get(embedded)!)),
    row.flatMap(id => EMBED.slice(id * WIDTH, (id + 1) * WIDTH)),
  );
  model.dispose();
});

test("a checkpoint that lacks a parameter is refused by its name, a tied one needs one name only", async () => {
  const half = join(cache, "half");
  await mkdir(half);
  await writeFile(join(half, "config.json"), "{}");
  await writeTensors(
    join(half, "model.safetensors"),
    new Map([["embed.weight", float32([VOCABULARY, WIDTH], EMBED)]]),
  );
  await assert.rejects(live.open(request("Tiny", { checkpoint: half })), /half lacks 1 .*head\.weight/);
  const tied = await live.open(request("Tied", { checkpoint: half }));
  const { output } = await tied.run({ inputs: ids([[3, 1]]) });
  assert.deepEqual(Array.from(numbers(output)), expected([3, 1], EMBED));
  tied.dispose();
});

test("a result that rests on memory that nothing wrote to is refused with its line", async () => {
  await assert.rejects(live.open(request("Unwritten")), /modeling_tiny\.py:\d+: torch\.empty/);
});

test("a source that cannot be traced is an error with file, line and reason", async () => {
  await assert.rejects(live.open(request("Unknown")), error => {
    assert.ok(error instanceof SourceError);
    assert.equal(error.failure.file, source);
    assert.equal(error.failure.kind, "unsupported");
    assert.match(error.message, /modeling_tiny\.py:\d+: .*no_such_function/);
    return true;
  });
});

test("without a checkpoint there are random weights, the same every time", async () => {
  const open = () => live.open(request("Tiny", { checkpoint: null, arguments: { vocabulary: 7, width: 4 } }));
  const [first, second] = [await open(), await open()];
  assert.equal(first.randomWeights, true);
  const outputs = [];
  for (const model of [first, second]) outputs.push((await model.run({ inputs: ids([[6, 2]]) })).output);
  assert.deepEqual(outputs[0]!.shape, [1, 2, 7]);
  assert.deepEqual(outputs[0], outputs[1]);
  first.dispose();
  second.dispose();
});

test("what is too large for random weights is built smaller where that is said, and says so", async () => {
  const large = (smaller?: string) =>
    live.open(
      request("Tiny", {
        checkpoint: null,
        arguments: { vocabulary: 40_000, width: 40_000 },
        ...(smaller === undefined ? {} : { smaller }),
      }),
    );
  await assert.rejects(large(), /Random weights for Tiny would take \d+\.\d GB/);
  await assert.rejects(large("Tiny(vocabulary=40000, width=40000)"), /would take/);
  const model = await large("Tiny(vocabulary=7, width=4)");
  assert.equal(model.smaller, "Tiny(vocabulary=7, width=4)");
  assert.deepEqual((await model.run({ inputs: ids([[6, 2]]) })).output!.shape, [1, 2, 7]);
  model.dispose();
});

test("random weights are written to in words, each with an id of its own, and answer in them", async () => {
  const model = await live.open(
    request("Tiny", { checkpoint: null, arguments: { vocabulary: 7, width: 4 } }),
  );
  const tokens = await model.tokenize("one two one");
  assert.deepEqual(
    tokens.map(({ text }) => text),
    ["one", " two", " one"],
  );
  assert.equal(tokens[0]!.id, tokens[2]!.id);
  const streamed: string[] = [];
  const result = await model.generate({ prompt: "one two", tokens: 3 }, token => streamed.push(token.text));
  assert.equal(result.tokens.length, 3);
  assert.equal(result.text, (await model.decode(result.tokens)).map(({ text }) => text).join(""));
  assert.equal(streamed.join(""), result.text);
  model.dispose();
});

test("unsaved text wins over the file", async () => {
  const overlay = { [source]: (await import("node:fs")).readFileSync(source, "utf8").replace("* 2", "* 3") };
  const model = await live.open(request("Tiny", { overlay }));
  const row = [0, 1, 2, 3, 4, 0, 1, 2, 3];
  const { output } = await model.run({ inputs: ids([row]) });
  assert.deepEqual(
    Array.from(numbers(output)),
    expected(row).map(value => value * 1.5),
  );
  model.dispose();
});

test("a source that takes another path at every length still generates", async () => {
  const model = await live.open(request("Stepwise"));
  const { tokens } = await model.generate({ prompt: [1, 3], tokens: 4 });
  const state = (row: readonly number[]) =>
    row
      .slice(1)
      .reduce(
        (sum, id) => sum.map((value, i) => value * 0.5 + EMBED[id * WIDTH + i]!),
        EMBED.slice(row[0]! * WIDTH, (row[0]! + 1) * WIDTH),
      );
  const row = [1, 3];
  for (let i = 0; i < 4; i++) {
    const hidden = state(row);
    const logits = Array.from({ length: VOCABULARY }, (_, k) =>
      hidden.reduce((sum, value, j) => sum + value * HEAD[k * WIDTH + j]!, 0),
    );
    row.push(logits.indexOf(Math.max(...logits)));
  }
  assert.deepEqual(tokens, row.slice(2));
  model.dispose();
});

test("what is aborted rejects, and the next question is answered", async () => {
  const abort = new AbortController();
  const opening = live.open(request("Tiny", { config: { aborted: true } }), abort.signal);
  abort.abort(new Error("changed my mind"));
  await assert.rejects(opening, /changed my mind/);
  const model = await live.open(request("Tiny"));
  const { output } = await model.run({ inputs: ids([[2]]) });
  assert.deepEqual(Array.from(numbers(output)), expected([2]));
  model.dispose();
});
