import assert from "node:assert/strict";
import { after, test } from "node:test";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { checkMutant } from "../../support/mutant-check.ts";
import { mutant, originals } from "../../support/mutants.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

/** A slice of test/long/fuzz.test.ts: our own sources only, which start at once. */
const among = originals().filter(({ request }) => request.transformers === null);
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory(), seconds: 5 });
after(() => tracer.dispose());

for (const number of [0, 1, 2, 4, 5, 6, 8, 9, 12, 14, 3, 15]) {
  const each = mutant(number, among);
  const { source } = each.original.request;
  test(`${source.split("/").at(-1)} with ${each.changes.join(" and ")}: right or refused`, async () => {
    const verdict = await checkMutant(tracer, each);
    assert.ok(verdict.kind === "same" ? verdict.outputs.size > 0 : verdict.reason.length > 0);
  });
}

test("an exception that cannot be shown and an interpreter torn down are reported, and the next trace works", async () => {
  const original = among.find(({ request }) => request.class === "TinyModel")!;
  const body = (statement: string) => ({
    original,
    changes: [statement],
    hostile: true,
    text: `class TinyModel:\n    def __init__(self, config):\n        ${statement}\n`,
  });
  for (const statement of [
    "raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})()",
    "import sys; sys.modules.clear(); raise ValueError",
  ]) {
    const verdict = await checkMutant(tracer, body(statement));
    assert.equal(verdict.kind, "refused", statement);
  }
  const whole = mutant(1, among);
  assert.ok((await checkMutant(tracer, whole)).kind.length > 0);
});
