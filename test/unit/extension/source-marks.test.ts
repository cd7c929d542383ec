import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { sourceMarks } from "../../../src/extension/tracing/source-marks.ts";
import { problemOf, type ShapeProblem } from "../../../src/extension/tracing/source-shapes.ts";
import { Live } from "../../../src/runtime/live/live.ts";
import type { Trace } from "../../../src/shared/trace.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

const folder = mkdtempSync(join(tmpdir(), "papertrace-marks-"));
const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => {
  live.dispose();
  rmSync(folder, { recursive: true });
});

const file = join(folder, "script.py");
const SCRIPT = `import torch

text = open("input.txt").read()
letters = sorted(set(text))


class Head(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.out = torch.nn.Linear(6, 4)

    def forward(self, x):
        return self.out(x)


if torch.cuda.is_available():
    raise SystemExit
model = Head(7)
`;

async function traced(source: string): Promise<Trace> {
  writeFileSync(file, source);
  return await live.shapes({
    source: file,
    class: "Head",
    checkpoint: null,
    transformers: null,
    construct: "Head()",
    inputs: [{ name: "x", dtype: "float32", shape: [{ symbol: "batch_size", hint: 3 }, 6] }],
  });
}

const problem = async (source: string): Promise<ShapeProblem> => {
  try {
    await traced(source);
  } catch (error) {
    return problemOf(error, "Head");
  }
  return assert.fail("it can be traced");
};
const shown = (trace: Trace) => ({ shapes: { traces: [trace] } });

test("what a script does at its top and cannot be done is marked, with the reason and what rests on it", async () => {
  const trace = await traced(SCRIPT);
  const marks = sourceMarks({ file, current: shown(trace), earlier: null, problems: [] });
  assert.deepEqual(
    marks.map(({ kind, span, resting }) => [kind, span, resting.map(({ line }) => line)]),
    [
      ["left-out", { line: 2, column: 0, endColumn: 31 }, [3]],
      ["left-out", { line: 17, column: 0, endColumn: 15 }, []],
    ],
  );
  assert.match(marks[0]!.message, /^FileNotFoundError at script\.py:3: .* “input\.txt”\.\n.* is shown\.$/);
  assert.match(marks[1]!.message, /^TypeError at script\.py:18: .*takes 1 positional argument/);
});

test("a mark goes when its line is mended", async () => {
  const mended = SCRIPT.replace('open("input.txt").read()', '"to be or not to be"').replace("(7)", "()");
  const state = { file, current: shown(await traced(mended)), earlier: null, problems: [] };
  assert.deepEqual(sourceMarks(state), []);
});

test("a line through which a class can no longer be traced is marked, and one of a class that never could is not", async () => {
  const before = await traced(SCRIPT);
  const problems = [await problem(SCRIPT.replace("self.out(x)", "self.out(x.T)"))];
  const marks = sourceMarks({ file, current: null, earlier: shown(before), problems });
  assert.deepEqual(
    marks.map(({ kind, span }) => [kind, span]),
    [["stopped", { line: 12, column: 0, endColumn: null }]],
  );
  assert.match(
    marks[0]!.message,
    /^RuntimeError at script\.py:13: .*\n.*last version that could be traced\.$/,
  );
  assert.deepEqual(sourceMarks({ file, current: null, earlier: null, problems }), []);
});

test("a statement that is half typed is left to the editor", async () => {
  const before = await traced(SCRIPT);
  const problems = [await problem(SCRIPT.replace("self.out(x)", "self.out(x"))];
  assert.deepEqual(sourceMarks({ file, current: null, earlier: shown(before), problems }), []);
});
