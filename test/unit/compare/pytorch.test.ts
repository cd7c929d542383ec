import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { compareCommand } from "../../../src/runtime/cli/compare.ts";
import { pythonOnPath } from "../../../src/runtime/compare/find-python.ts";
import { compareWithPyTorch, describeComparison, isAgreement } from "../../../src/runtime/compare/pytorch.ts";
import { Live } from "../../../src/runtime/live/live.ts";
import type { OpenRequest } from "../../../src/runtime/live/types.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";
import { writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import { fixturesDirectory, projectDirectory, tracerCacheDirectory } from "../../support/paths.ts";
import { float32 } from "../session/tiny-trace.ts";

// PyTorch itself is compared with in test/long; here a script takes the place of Python.

let folder: string;
let live: Live;
let request: OpenRequest;
const inputs = { input_ids: int64([1, 0, 4], [1, 3]) };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-compare-test-"));
  const checkpoint = join(folder, "config.json");
  await writeFile(checkpoint, JSON.stringify({ vocabulary: 5, width: 3 }));
  const weights = new Map([
    [
      "embed.weight",
      float32(
        [5, 3],
        Array.from({ length: 15 }, (_, i) => i - 7),
      ),
    ],
    [
      "head.weight",
      float32(
        [5, 3],
        Array.from({ length: 15 }, (_, i) => (i % 4) - 1),
      ),
    ],
  ]);
  await writeTensors(join(folder, "model.safetensors"), weights);
  live = new Live({ cacheDirectory: tracerCacheDirectory() });
  request = {
    source: join(fixturesDirectory("live"), "modeling_tiny.py"),
    class: "Tiny",
    checkpoint: folder,
    transformers: null,
  };
});

after(async () => {
  live.dispose();
  await rm(folder, { recursive: true });
});

/** An executable that is started as Python would be; its code has the request as `request`, and `answer`. */
async function stand(name: string, code: string): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  const safetensors = pathToFileURL(join(projectDirectory, "src/runtime/weights/safetensors.ts")).href;
  await writeFile(
    path,
    `#!${process.execPath}
import { text } from "node:stream/consumers";
import { writeTensors } from ${JSON.stringify(safetensors)};
const request = JSON.parse(await text(process.stdin));
const answer = line => process.stdout.write(JSON.stringify(line) + "\\n");
${code}
`,
  );
  await chmod(path, 0o755);
  return path;
}

const compare = (python: string, more: { signal?: AbortSignal; stallMs?: number } = {}) =>
  compareWithPyTorch(request, inputs, { open: (asked, signal) => live.open(asked, signal), python, ...more });

/** What the trace names, with the numbers of a run. */
async function truth(): Promise<
  { id: string; shape: readonly number[]; data: number[]; line: number | null }[]
> {
  const model = await live.open(request);
  const ids = model.trace.named.map(({ id }) => id);
  const { taps } = await model.run({ inputs, taps: ids });
  const found = model.trace.named.map(({ id, place, variable }) => ({
    id,
    shape: taps.get(id)!.shape,
    data: Array.from(numbers(taps.get(id)!)),
    line: variable === null ? null : model.trace.places[place!]!.line,
  }));
  model.dispose();
  return found;
}

/** Answers with these values as if PyTorch had computed them. */
function answering(values: Awaited<ReturnType<typeof truth>>): string {
  return `const values = ${JSON.stringify(values)};
answer({ kind: "step", step: "run", done: 1, of: values.length });
await writeTensors(request.output, new Map(values.map(({ shape, data }, i) =>
  [String(i), { dtype: "float32", shape, data: new Uint8Array(Float32Array.from(data).buffer) }])));
answer({ kind: "done", torch: "2.0", python: "3.12.0", values: values.map(({ id, line }) => ({ id, file: null, line })) });`;
}

test("values that agree are listed in the order in which they are computed", async () => {
  const values = await truth();
  assert.ok(values.length >= 3);
  const comparison = await compare(await stand("equal", answering(values)));
  assert.deepEqual(
    comparison.values.map(({ id }) => id),
    values.map(({ id }) => id),
  );
  assert.equal(comparison.first, null);
  assert.deepEqual([comparison.left, comparison.outputsLeft, isAgreement(comparison)], [[], [], true]);
  assert.equal(
    describeComparison(comparison),
    `${values.length} values agree with PyTorch 2.0; the largest difference is 0.`,
  );
});

test("the first value that differs is named with its line, and what differs more comes after it", async () => {
  const values = await truth();
  const at = values.findIndex(({ line }) => line !== null);
  const changed = values.map((value, i) => ({
    ...value,
    data: i < at ? value.data : value.data.map(number => number * (i === at ? 1.01 : 2)),
  }));
  const comparison = await compare(await stand("differs", answering(changed)));
  assert.equal(comparison.first?.id, values[at]!.id);
  assert.deepEqual(comparison.first.place, { file: request.source, line: values[at]!.line });
  assert.ok(comparison.values.at(-1)!.relative > comparison.first.relative);
  assert.match(
    describeComparison(comparison),
    new RegExp(`^${values[at]!.id} differs from PyTorch 2\\.0 by `),
  );
});

test("what has no counterpart is left out with the reason, not compared with something else", async () => {
  const [first, second, ...others] = await truth();
  const at = [second!, ...others].findIndex(({ line }) => line !== null);
  const moved = [second!, ...others].map((value, i) => (i === at ? { ...value, line: 999 } : value));
  const comparison = await compare(await stand("left", answering(moved)));
  assert.equal(comparison.first, null);
  const reasons = new Map(comparison.left.map(({ id, reason }) => [id, reason]));
  assert.match(reasons.get(first!.id)!, /a way that does not compute it/);
  assert.match(reasons.get(moved[at]!.id)!, /in line 999, the trace in line \d+/);
});

test("a value of another shape differs, and both shapes are said", async () => {
  const [first, second, ...others] = await truth();
  const reshaped = { ...second!, shape: [second!.data.length] };
  const comparison = await compare(await stand("reshaped", answering([first!, reshaped, ...others])));
  assert.equal(comparison.first?.id, second!.id);
  assert.deepEqual(comparison.left, []);
  assert.equal(isAgreement(comparison), false);
  const shapes = `its shape is \\[${second!.data.length}\\] in PyTorch, \\[${second!.shape.join(", ")}\\] here`;
  assert.match(
    describeComparison(comparison),
    new RegExp(
      `^${second!.id} differs from PyTorch 2\\.0: ${shapes}; it is the first of ${others.length + 2} `,
    ),
  );
});

test("where nothing was compared, or an output was not, nothing is said to agree", async () => {
  const nothing = await compare(await stand("nothing", answering([])));
  assert.deepEqual([nothing.values, nothing.first, isAgreement(nothing)], [[], null, false]);
  assert.match(describeComparison(nothing), /^Nothing could be compared with PyTorch 2\.0: .* could not be/);
  const values = await truth();
  const output = values.find(({ id }) => id === "")!;
  const inner = values.filter(({ data }) => data.join() !== output.data.join());
  assert.ok(inner.length > 0);
  const comparison = await compare(await stand("no-output", answering(inner)));
  assert.deepEqual([comparison.first, comparison.outputsLeft, isAgreement(comparison)], [null, ["0"], false]);
  assert.match(
    describeComparison(comparison),
    /^Output 0 could not be compared with PyTorch 2\.0; \d+ values on the way to it agree\. \d+ values could not/,
  );
});

test("the command ends with 1 unless all of it agrees", async () => {
  const given = join(folder, "inputs.safetensors");
  await writeTensors(given, new Map([["input_ids", inputs.input_ids]]));
  const [first, second, ...others] = await truth();
  const reshaped = { ...second!, shape: [second!.data.length] };
  for (const [name, values, expected] of [
    ["whole", [first!, second!, ...others], 0],
    ["none", [], 1],
    ["shapes", [first!, reshaped, ...others], 1],
  ] as const) {
    const said: string[] = [];
    const source = ["--model", folder, "--source", request.source, "--class", request.class];
    const status = await compareCommand.run(
      [...source, "--inputs", given, "--python", await stand(`command-${name}`, answering([...values]))],
      {
        out: text => said.push(text),
        err: () => undefined,
        signal: new AbortController().signal,
        environment: { PAPERTRACE_CACHE: tracerCacheDirectory() },
      },
    );
    assert.equal(status, expected, said.join("\n"));
  }
});

test("what is asked for holds every weight by its place, and the folder of the exchange is gone afterwards", async () => {
  const check = `
for (const { file, offset, length } of Object.values(request.weights)) if (!file || length < 1 || offset < 8) throw new Error("place");
answer({ kind: "failed", reason: "python", detail: Object.keys(request.weights).sort().join() + " " + request.inputs, file: request.source, line: 7 });`;
  const error = await compare(await stand("weights", check)).then(
    () => assert.fail("it fails"),
    (reason: Error) => reason,
  );
  assert.match(
    error.message,
    /modeling_tiny\.py:7: the source fails in PyTorch: embed\.weight,head\.weight (.*)$/,
  );
  const exchange = / (\S*)\/inputs\.safetensors$/.exec(error.message)![1]!;
  await assert.rejects(readdir(exchange), { code: "ENOENT" });
});

test("every failure says what is lacking and what to do", async () => {
  const failures: [string, RegExp][] = [
    [
      `answer({ kind: "failed", reason: "no-torch", detail: "No module named 'torch'" });`,
      /cannot import torch .*-m pip install torch/,
    ],
    [
      `answer({ kind: "failed", reason: "no-package", detail: "einops.layers" });`,
      /has no package einops\.layers\. .*pip install einops$/,
    ],
    [
      `answer({ kind: "failed", reason: "old-python", detail: "3.8" });`,
      /is Python 3\.8; the comparison needs 3\.10/,
    ],
    [`process.stdout.write("hello\\n");`, /not understood: hello/],
    [`console.error("boom"); process.exit(3);`, /could not be run: exit 3: boom/],
  ];
  for (const [i, [code, message]] of failures.entries())
    await assert.rejects(compare(await stand(`failure${i}`, code)), message);
  await assert.rejects(compare(join(folder, "no-python")), /no-python could not be run: .*ENOENT/);
});

test("one that says nothing is ended, and so is one that is cancelled", async () => {
  const silent = await stand("silent", "setInterval(() => undefined, 1000);");
  await assert.rejects(compare(silent, { stallMs: 300 }), /gave no sign of life for 0 s and was ended/);
  const abort = new AbortController();
  const running = compare(silent, { signal: abort.signal });
  setTimeout(() => abort.abort(new Error("enough")), 500);
  await assert.rejects(running, /enough/);
});

test("a Python without PyTorch is told so by itself", async t => {
  const python = pythonOnPath(process.env);
  if (!python || spawnSync(python, ["-c", "import torch"]).status === 0)
    return t.skip("there is no Python without PyTorch on the PATH");
  await assert.rejects(compare(python), /cannot import torch .*No module named 'torch'/);
});
