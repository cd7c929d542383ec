import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { measureApart } from "../../../scripts/bench/apart.ts";
import { MEASUREMENTS } from "../../../scripts/bench/measurements.ts";

test("a measurement made apart tells how far it is and what came of it", async t => {
  const before = process.env.PAPERTRACE_CACHE;
  process.env.PAPERTRACE_CACHE = mkdtempSync(join(tmpdir(), "bench-"));
  t.after(() => {
    rmSync(process.env.PAPERTRACE_CACHE!, { recursive: true });
    if (before === undefined) delete process.env.PAPERTRACE_CACHE;
    else process.env.PAPERTRACE_CACHE = before;
  });
  const told: string[] = [];
  const { report, failed } = await measureApart("prefill", 3, message => told.push(message));
  assert.deepEqual(told, ["preparing"]);
  assert.equal(failed, false);
  assert.equal(report.rounds, 3);
  assert.match(report.skipped!, /^smollm2\S* is not in the cache; add it/);
});

test("a process that ends without a report is an error that names the measurement", async () => {
  await assert.rejects(
    measureApart("no such thing", null, () => undefined),
    /^Error: no such thing ended by itself: 1$/,
  );
});

test("what --only takes is the name that a measurement reports under", async () => {
  for (const name of ["prefill", "memory", "checkpoint"])
    assert.equal((await MEASUREMENTS[name]!()).name, name);
});
