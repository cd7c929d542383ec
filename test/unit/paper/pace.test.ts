import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../../src/webviews/paper/pace.ts";

test("work rests while something is drawn, and is finished after it", async () => {
  let drawing = 3;
  let done = false;
  const pace = new Pace(() => drawing-- > 0, new AbortController().signal);
  await pace.rest();
  assert.ok(drawing < 0, "it was asked until nothing was drawn");
  function* work(): Generator<void, string> {
    yield;
    done = true;
    return "linked";
  }
  assert.equal(await pace.finish(work()), "linked");
  assert.ok(done);
});

test("other tasks come between the steps of long work", async () => {
  const pace = new Pace(() => false, new AbortController().signal);
  let between = 0;
  const timer = setInterval(() => between++, 1);
  function* work(): Generator<void, number> {
    for (let step = 0; step < 5; step++) {
      const began = performance.now();
      while (performance.now() - began < 10);
      yield;
    }
    return between;
  }
  assert.ok((await pace.finish(work())) > 0);
  clearInterval(timer);
});

test("work that is aborted ends with the reason at its next rest", async () => {
  const ending = new AbortController();
  const pace = new Pace(() => true, ending.signal);
  const resting = pace.rest();
  const reason = new Error("another paper was opened");
  ending.abort(reason);
  await assert.rejects(resting, reason);
});
