import assert from "node:assert/strict";
import { test } from "node:test";
import { SerialQueue } from "../../../src/runtime/session/queue.ts";

test("jobs run one after another, also after one that failed", async () => {
  const queue = new SerialQueue();
  const events: string[] = [];
  const job = (name: string) => async () => {
    events.push(`${name} begins`);
    await new Promise(resolve => setImmediate(resolve));
    events.push(`${name} ends`);
    if (name === "a") throw new Error("a failed");
    return name;
  };
  const [a, b] = await Promise.allSettled([queue.add(job("a")), queue.add(job("b"))]);
  assert.equal(a.status, "rejected");
  assert.deepEqual(b, { status: "fulfilled", value: "b" });
  assert.deepEqual(events, ["a begins", "a ends", "b begins", "b ends"]);
});

test("an aborted job that waits never starts; one that runs is waited for by the next", async () => {
  const queue = new SerialQueue();
  const abort = new AbortController();
  const running = Promise.withResolvers<void>();
  const started: string[] = [];
  const first = queue.add(async () => {
    started.push("first");
    await running.promise;
  }, abort.signal);
  const second = queue.add(async () => void started.push("second"), abort.signal);
  const third = queue.add(async () => void started.push("third"));
  await new Promise(resolve => setImmediate(resolve));
  abort.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  await assert.rejects(second, /enough/);
  await new Promise(resolve => setImmediate(resolve));
  assert.deepEqual(started, ["first"]);
  running.resolve();
  await third;
  assert.deepEqual(started, ["first", "third"]);
});
