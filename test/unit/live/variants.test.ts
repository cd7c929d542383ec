import assert from "node:assert/strict";
import { test } from "node:test";
import { SYMBOLS } from "../../../src/runtime/live/inputs.ts";
import { UnsettledDataError } from "../../../src/runtime/live/unsettled.ts";
import { Variants } from "../../../src/runtime/live/variants.ts";
import type { ProgramTap, SessionProcess } from "../../../src/runtime/session/process.ts";
import type { ProgramSpec } from "../../../src/runtime/session/protocol.ts";
import type { InputSpec, Trace, TraceRequest } from "../../../src/shared/trace.ts";
import { TraceBuilder } from "../../support/graphs.ts";

const row = (length: number): InputSpec[] => [{ name: "x", dtype: "float32", shape: [1, length] }];

const SERVING = { provider: "cpu", fallback: null } as const;

/** Variants of a source that asks one number of the data, which is `found` in every run. */
function variantsOf(
  guards: (request: TraceRequest) => Trace["guards"],
  load: (key: string) => typeof SERVING = () => SERVING,
) {
  const requests: TraceRequest[] = [];
  const [used, released]: [string[], string[]] = [[], []];
  const session = {
    use: ({ key }: ProgramSpec) => {
      used.push(key);
      return { key, release: () => released.push(key), load: async () => load(key) };
    },
  } as unknown as SessionProcess;
  const variants = new Variants({
    session,
    request: { source: "/x.py", class: "X", config: null, transformers: null, checkpointNames: null },
    providers: ["cpu"],
    weights: async () => "/",
    trace: async request => {
      requests.push(request);
      const builder = new TraceBuilder();
      const x = builder.leaf("input", "x", "float32", []);
      return { ok: true, trace: builder.trace({ x }, { guards: guards(request) }) };
    },
  });
  return { variants, requests, used, released };
}

const NO_SIZES = new Map<string, number>();

function run(violated: ProgramTap["violated"]): ProgramTap {
  const serving = { ...SERVING, check: null };
  return { taps: [], summaries: [], drawing: null, milliseconds: 0, violated, serving };
}

test("no more than so many traces are held, and those that served lately stay", async () => {
  const { variants, requests, used, released } = variantsOf(() => []);
  for (let length = 1; length <= 30; length++) {
    await variants.forRuns(row(length), []);
    await variants.forRuns(row(1), []);
  }
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(requests.length, 30);
  assert.equal(released.length, 6);
  assert.ok(!released.includes(used[0]!));
  variants.dispose();
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual([...released].sort(), [...used].sort());
});

test("answers are asked for one after another, and kept for the next run", async () => {
  const { variants, requests } = variantsOf(({ answers = [] }) => [
    { kind: "data", value: 0, result: answers[0] ?? false, place: null },
    { kind: "data", value: 0, result: answers[1] ?? false, place: null },
  ]);
  const perform = async ({ trace }: { trace: Trace }) => {
    const wrong = trace.guards.findIndex(guard => guard.kind === "data" && guard.result !== true);
    return run(wrong < 0 ? null : { guard: wrong, answers: Array.from({ length: wrong + 1 }, () => true) });
  };
  await variants.run(row(1), NO_SIZES, perform);
  assert.deepEqual(
    requests.map(({ answers }) => answers),
    [undefined, [true], [true, true]],
  );
  await variants.run(row(1), NO_SIZES, perform);
  assert.equal(requests.length, 3);
});

test("a guess whose graph cannot be made is loaded as what reads the data, if anything does", async () => {
  const onlyReads = (key: string) => {
    if (!key.endsWith(" answers")) throw new Error("rests on memory that nothing has written to");
    return SERVING;
  };
  const guards: Trace["guards"] = [{ kind: "data", value: 0, result: false, place: null }];
  const asking = variantsOf(() => guards, onlyReads).variants;
  assert.equal(await asking.load(await asking.forRuns(row(1), [])), SERVING);
  const settled = variantsOf(() => [], onlyReads).variants;
  await assert.rejects(settled.load(await settled.forRuns(row(1), [])), /nothing has written/);
});

test("answers that change nothing end the search", async () => {
  const { variants, requests } = variantsOf(() => [{ kind: "data", value: 0, result: false, place: null }]);
  await assert.rejects(
    variants.run(row(1), NO_SIZES, async () => run({ guard: 0, answers: [true] })),
    UnsettledDataError,
  );
  assert.equal(requests.length, 2);
});

test("answers to a trace of free sizes are not given to one of fixed sizes", async () => {
  const free: InputSpec[] = [{ name: "x", dtype: "float32", shape: [1, SYMBOLS.sequence] }];
  const symbol = [[1, [{ kind: "symbol", name: "sequence" }]]] as const;
  const { variants, requests } = variantsOf(({ answers = [], inputs }) => {
    const fixed = typeof inputs[0]!.shape[1] === "number";
    const read = { kind: "data", value: 0, result: answers[0] ?? false, place: null } as const;
    if (fixed) return [{ ...read, result: answers[0] ?? true }];
    if (answers.length === 0) return [read];
    return [
      read,
      { kind: "size", comparison: "eq", left: symbol, right: [[9, []]], result: true, place: null },
    ];
  });
  const { variant } = await variants.run(free, new Map([["sequence", 5]]), async ({ trace }) => {
    const read = trace.guards[0]!;
    return run(read.kind === "data" && read.result !== true ? { guard: 0, answers: [true] } : null);
  });
  assert.deepEqual(variant.specs, row(5));
  assert.deepEqual(
    requests.map(({ answers }) => answers),
    [undefined, [true], [true], undefined],
  );
});

test("a run like the last is not asked again, though the answers led to other sizes being fixed", async () => {
  const free: InputSpec[] = [{ name: "x", dtype: "float32", shape: [1, SYMBOLS.sequence] }];
  const symbol = [[1, [{ kind: "symbol", name: "sequence" }]]] as const;
  const { variants, requests } = variantsOf(({ answers = [], inputs }) => {
    const read = { kind: "data", value: 0, result: answers[0] ?? false, place: null } as const;
    if (answers.length === 0 || typeof inputs[0]!.shape[1] === "number") return [read];
    return [
      read,
      { kind: "size", comparison: "eq", left: symbol, right: [[9, []]], result: true, place: null },
    ];
  });
  const go = (length: number) =>
    variants.run(free, new Map([["sequence", length]]), async ({ trace }) => {
      const read = trace.guards[0]!;
      return run(read.kind === "data" && read.result !== true ? { guard: 0, answers: [true] } : null);
    });
  assert.deepEqual((await go(5)).variant.specs, row(5));
  const asked = requests.length;
  assert.deepEqual((await go(5)).variant.specs, row(5));
  assert.equal(requests.length, asked);
  assert.deepEqual((await go(6)).variant.specs, row(6));
});
