import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, interleave } from "../../../scripts/bench/rounds.ts";
import { summarise } from "../../../scripts/bench/statistics.ts";
import { formatTable } from "../../../scripts/bench/table.ts";

const bench = { rounds: 3, progress: () => undefined };

test("variants take turns in every round, and what warms up does not count", async () => {
  const order: string[] = [];
  const variant = (name: string) => (round: number) => {
    order.push(`${name}${round}`);
    return round;
  };
  const samples = await interleave(bench, { a: variant("a"), b: variant("b") }, 1);
  assert.deepEqual(order, ["b-1", "a-1", "a0", "b0", "b1", "a1", "a2", "b2"]);
  assert.deepEqual(samples, { a: [0, 1, 2], b: [0, 1, 2] });
});

test("a ratio is the median of the rounds' own ratios: a slow spell that hits both does not move it", () => {
  const samples = { work: [20, 200, 22], nothing: [10, 100, 10] };
  const [comparison] = compare(samples, "ms", [["work", "nothing", { atMost: 2.1 }]]);
  const row = summarise(comparison!);
  assert.deepEqual(row.ratio, { p25: 2, median: 2, p75: 2.1 });
  assert.equal(row.median, 22);
  assert.equal(row.met, true);
});

test("bounds hold in their own direction, and a missed one is said in the table", () => {
  const samples = { ours: [8, 8], theirs: [10, 10] };
  const [atLeast, atMost] = compare(samples, "tokens/s", [
    ["ours", "theirs", { atLeast: 0.9 }],
    ["ours", "theirs", { atMost: 0.9 }],
  ]).map(summarise);
  assert.equal(atLeast!.met, false);
  assert.equal(atMost!.met, true);
  const report = { name: "decode", title: "generation", rounds: 2, facts: [], skipped: null };
  const table = formatTable([{ ...report, rows: [atLeast!, atMost!] }]);
  assert.match(table, /ours +theirs +0\.8 +0\.8-0\.8 +≥ 0\.9 +missed/);
  assert.match(table, /ours +theirs +0\.8 +0\.8-0\.8 +≤ 0\.9 /);
});

test("a measurement that cannot be made says why", () => {
  const report = { name: "panel", title: "one control", rounds: 2, rows: [], facts: [] };
  assert.match(
    formatTable([{ ...report, skipped: "no model" }]),
    /panel: one control\n {2}skipped: no model/,
  );
});
