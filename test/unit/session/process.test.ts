import assert from "node:assert/strict";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Connection, SessionEndedError } from "../../../src/runtime/session/connection.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { type Program, SessionProcess } from "../../../src/runtime/session/process.ts";
import type { Intervention } from "../../../src/shared/run.ts";
import { expectedLogits, float32, tinyTrace, weightFolder } from "./tiny-trace.ts";

let folder: string;
let session: SessionProcess;
let program: Program;
const spec = () =>
  ({ key: "tiny", trace: tinyTrace(), weights: folder, providers: ["cpu"], purpose: "inspect" }) as const;

before(async () => {
  folder = await weightFolder();
  session = new SessionProcess();
  program = session.use(spec());
});

after(async () => {
  session.dispose();
  await rm(folder, { recursive: true });
});

const ids = (...rows: number[][]) => ({ input_ids: int64(rows.flat(), [rows.length, rows[0]!.length]) });

test("one graph serves every batch and length, and any named value can be fetched", async () => {
  for (const rows of [
    [[3]],
    [[1, 2, 4]],
    [
      [0, 1],
      [2, 3],
    ],
  ]) {
    const result = await program.run({ inputs: ids(...rows), taps: ["layers.0", ":embedded#0"] });
    assert.deepEqual(result.output.shape, [rows.length, rows[0]!.length, 5]);
    assert.deepEqual(
      Array.from(numbers(result.output)),
      rows.flat().flatMap(id => expectedLogits(id)),
    );
    const taps = new Map(result.taps);
    assert.deepEqual(
      Array.from(numbers(taps.get("layers.0")!)),
      rows.flat().flatMap(id => [3 * id, 3]),
    );
    assert.deepEqual(
      Array.from(numbers(taps.get(":embedded#0")!)),
      rows.flat().flatMap(id => [id, 1]),
    );
  }
});

test("only the part that is wanted travels: the last position, and what is drawn", async () => {
  const inputs = ids([1, 2, 4]);
  const drawing = {
    values: [{ value: "layers.0", head: null, row: 1, column: 2, masked: false }],
    counted: 0,
    head: 3,
    mask: null,
    side: 2,
  } as const;
  const outputAt = { axes: [{ axis: 1, index: -1 }] };
  const run = await program.run({ inputs, drawing, outputAt });
  assert.deepEqual(run.output.shape, [1, 1, 5]);
  assert.deepEqual(Array.from(numbers(run.output)), expectedLogits(4));
  const { head, hidden, thumbnails, values } = run.drawing!;
  assert.deepEqual([head, hidden], [0, null]);
  assert.deepEqual(values[0]!.cells.shape, [3, 2]);
  assert.deepEqual(Array.from(numbers(values[0]!.cells)), [3, 3, 6, 3, 12, 3]);
  assert.equal(values[0]!.statistics.max, 12);
  assert.equal(values[0]!.extent.largest, 12);
  assert.deepEqual(thumbnails.shape, [1, 2, 2]);
  assert.deepEqual(Array.from(numbers(thumbnails)), [3, 3, 9, 3]);
  const beyond = { axes: [{ axis: 1, index: 3 }] };
  await assert.rejects(program.run({ inputs, outputAt: beyond }), /no entry 3 on axis 1/);
  assert.equal((await program.run({ inputs })).drawing, null);
});

test("values alone come without the output, and are those of a run", async () => {
  const inputs = ids([1, 2, 4]);
  const taps = ["layers.0"];
  const [tapped, run] = [await program.tap({ inputs, taps }), await program.run({ inputs, taps })];
  assert.deepEqual(tapped.taps, run.taps);
  const again = await program.tap({ inputs: ids([3, 0, 2]), taps });
  assert.deepEqual(Array.from(numbers(new Map(again.taps).get("layers.0")!)), [9, 3, 0, 3, 6, 3]);
});

test("a value without a name is fetched by its index", async () => {
  const trace = tinyTrace();
  const unnamed = { ...trace, named: trace.named.filter(({ id }) => id === "") };
  const bare = session.use({ ...spec(), key: "bare", trace: unnamed });
  const change = trace.named.find(({ id }) => id === "layers.0:change#0")!.value;
  const result = await bare.run({ inputs: ids([4]), taps: [change] });
  assert.deepEqual(Array.from(numbers(result.taps[0]![1])), [8, 2]);
  bare.release();
});

test("a summary has the statistics of the whole value and a picture of it", async () => {
  const result = await program.run({ inputs: ids([1, 3]), summaries: ["layers.0"] });
  const [ref, summary] = result.summaries[0]!;
  assert.equal(ref, "layers.0");
  assert.deepEqual(summary.shape, [1, 2, 2]);
  assert.deepEqual(summary.statistics, {
    mean: 4.5,
    std: Math.sqrt(6.75),
    min: 3,
    max: 9,
    count: 4,
    zeros: 0,
    notFinite: 0,
  });
  assert.deepEqual(summary.picture, { rows: 2, columns: 2, data: Float32Array.of(3, 3, 9, 3) });
});

test("an intervention replaces a value for everything after it", async () => {
  const at = (operation: Intervention["operation"], axes: Intervention["selector"]["axes"] = []) =>
    program.run({
      inputs: ids([2, 4]),
      taps: [":embedded#0", "layers.0", "layers.1"],
      interventions: [{ value: "layers.0", selector: { axes }, operation }],
    });
  const added = await at({ kind: "add", amount: 10 });
  assert.deepEqual(Array.from(numbers(added.output)), [...expectedLogits(2, 10), ...expectedLogits(4, 10)]);
  assert.deepEqual(Array.from(numbers(new Map(added.taps).get("layers.0")!)), [16, 13, 22, 13]);
  assert.deepEqual(Array.from(numbers(new Map(added.taps).get(":embedded#0")!)), [2, 1, 4, 1]);

  const row = await at({ kind: "add", amount: 10 }, [{ axis: 1, index: 1 }]);
  assert.deepEqual(Array.from(numbers(row.output)), [...expectedLogits(2), ...expectedLogits(4, 10)]);

  const zero = await at({ kind: "zero" });
  assert.deepEqual(Array.from(numbers(zero.output)), new Array(10).fill(0));

  const patch = await at({ kind: "patch", tensor: float32([1, 2, 2], [6, 3, 6, 3]) });
  assert.deepEqual(Array.from(numbers(patch.output)), [...expectedLogits(2), ...expectedLogits(2)]);

  const plain = await program.run({ inputs: ids([2, 4]) });
  assert.deepEqual(Array.from(numbers(plain.output)), [...expectedLogits(2), ...expectedLogits(4)]);
});

test("an intervention at a weight acts wherever the weight is used", async () => {
  const trace = tinyTrace();
  const weight = trace.values.findIndex(({ leaf }) => leaf?.name === "layers.0.weight");
  const result = await program.run({
    inputs: ids([2]),
    interventions: [{ value: weight, selector: { axes: [] }, operation: { kind: "scale", factor: 0 } }],
  });
  // Layer 0 adds nothing: (2, 1), then (3, 3).
  assert.deepEqual(Array.from(numbers(result.output)), [3, 6, 9, 12, 15]);
});

test("weights behind a symbolic link are found, as the hub's cache has them", async () => {
  const linked = await mkdtemp(join(tmpdir(), "papertrace-linked-"));
  await symlink(join(folder, "model.safetensors"), join(linked, "model.safetensors"));
  const other = session.use({ ...spec(), key: "linked", weights: linked });
  assert.deepEqual(Array.from(numbers((await other.run({ inputs: ids([3]) })).output)), expectedLogits(3));
  other.release();
  await rm(linked, { recursive: true });
});

test("a program lives as long as somebody uses it", async () => {
  const [first, second] = [
    session.use({ ...spec(), key: "shared" }),
    session.use({ ...spec(), key: "shared" }),
  ];
  await first.run({ inputs: ids([1]) });
  first.release();
  first.release();
  assert.deepEqual(Array.from(numbers((await second.run({ inputs: ids([3]) })).output)), expectedLogits(3));
  second.release();
  await assert.rejects(second.run({ inputs: ids([1]) }), /released/);
});

test("an unknown value is refused by name, with the nearest", async () => {
  await assert.rejects(program.run({ inputs: ids([1]), taps: ["layers.0:chang#0"] }), /layers\.0:change#0/);
});

test("the process is started again after it was ended, and a run that was under way says so", async () => {
  const pids = new Set<number>();
  for (let round = 0; round < 2; round++) {
    const pid = session.processId;
    assert.ok(pid !== null);
    pids.add(pid);
    const doomed = program.run({ inputs: ids([1]) });
    // Ended before its answer can have come: messages are read in a later turn of the event loop.
    process.kill(pid, "SIGKILL");
    await assert.rejects(doomed, SessionEndedError);
    const result = await program.run({ inputs: ids([3]) });
    assert.deepEqual(Array.from(numbers(result.output)), expectedLogits(3));
  }
  assert.equal(pids.size, 2);
});

test("a run that is aborted rejects at once and does not disturb the next", async () => {
  const abort = new AbortController();
  const first = program.run({ inputs: ids([1]) });
  const second = program.run({ inputs: ids([2]) }, abort.signal);
  abort.abort(new Error("no longer wanted"));
  await assert.rejects(second, /no longer wanted/);
  assert.deepEqual(Array.from(numbers((await first).output)), expectedLogits(1));
  const third = await program.run({ inputs: ids([4]) });
  assert.deepEqual(Array.from(numbers(third.output)), expectedLogits(4));
});

test("a provider that is not there is replaced by cpu, with the reason", async () => {
  const other = session.use({ ...spec(), key: "coreml", providers: ["coreml", "cpu"] });
  const loaded = await other.load();
  assert.equal(loaded.provider, process.platform === "darwin" ? loaded.provider : "cpu");
  if (loaded.provider === "cpu") assert.match(loaded.fallback ?? "", /coreml/);
  other.release();
  assert.deepEqual(await program.load(), { provider: "cpu", fallback: null, activations: "float32" });
});

test("generation stops at a stop id, at the limit, and streams what it returns", async () => {
  const fixed = {};
  const base = { prefill: program, step: null, ids: "input_ids", start: [2], fixed, temperature: 0, seed: 0 };
  const streamed: number[] = [];
  const limit = await session.generate({ ...base, tokens: 3, stop: [], tokenizer: null }, token => {
    streamed.push(token.id);
  });
  // The head's last row is always the largest.
  assert.deepEqual(limit.tokens, [4, 4, 4]);
  assert.deepEqual(streamed, [4, 4, 4]);
  const stopped = await session.generate({ ...base, tokens: 3, stop: [4], tokenizer: null }, undefined);
  assert.deepEqual(stopped.tokens, [4]);
});

test("a program that is given up while it is loaded is not kept", async () => {
  const connection = new Connection({}, { token: () => undefined });
  try {
    const loading = connection.remote.load(spec());
    await connection.remote.release("tiny");
    assert.equal((await loading).provider, "cpu");
    const command = {
      key: "tiny",
      inputs: { input_ids: connection.outgoing.send(ids([1]).input_ids) },
      taps: [],
      summaries: [],
      interventions: [],
      output: true,
      outputAt: null,
      drawing: null,
    };
    await assert.rejects(connection.remote.run(command), /program tiny is not loaded/);
  } finally {
    connection.kill();
  }
});
