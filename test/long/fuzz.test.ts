import assert from "node:assert/strict";
import { after, test } from "node:test";
import { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { checkMutant } from "../support/mutant-check.ts";
import { mutant, originals } from "../support/mutants.ts";
import { tracerCacheDirectory } from "../support/paths.ts";

const COUNT = 300;
const among = originals();
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory(), seconds: 8 });
after(() => tracer.dispose());

for (let number = 0; number < COUNT; number++) {
  const each = mutant(number, among);
  const { source } = each.original.request;
  test(`${source.split("/").at(-1)} with ${each.changes.join(" and ")} (${number}): right or refused`, async () => {
    const verdict = await checkMutant(tracer, each);
    assert.ok(verdict.kind === "same" ? verdict.outputs.size > 0 : verdict.reason.length > 0);
  });
}
