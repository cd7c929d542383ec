import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { deflateSync } from "node:zlib";
import { boundDecoding } from "../../../src/shared/bounded-decoding.ts";

/** Bytes that the thread below may unpack. */
const LARGEST = 1_000_000;

/** What a script returns in a thread whose decoding is bounded, as a worker of a page is: by the function's text. */
async function inBoundedThread(script: string): Promise<unknown> {
  const body = `(${boundDecoding})(${LARGEST});
    const { parentPort, workerData } = require("node:worker_threads");
    const outcome = work => work.then(value => value, error => error.message);
    const unpack = async packed => {
      const { readable, writable } = new DecompressionStream("deflate");
      const writer = writable.getWriter();
      writer.write(packed).catch(() => {});
      writer.close().catch(() => {});
      let size = 0;
      for await (const chunk of readable) size += chunk.byteLength;
      return size;
    };
    (async () => (${script}))().then(value => parentPort.postMessage(value));`;
  const packed = [LARGEST, LARGEST + 1, 200 * LARGEST].map(size => deflateSync(Buffer.alloc(size)));
  const worker = new Worker(body, { eval: true, workerData: packed });
  try {
    return await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  } finally {
    await worker.terminate();
  }
}

const REFUSED = `A stream of the file unpacks to more than ${LARGEST} bytes.`;

test("a stream is unpacked up to the bound and refused beyond it", async () => {
  const found = await inBoundedThread("Promise.all(workerData.map(packed => outcome(unpack(packed))))");
  assert.deepEqual(found, [LARGEST, REFUSED, REFUSED]);
});

test("an array is as long as the bound at most, and else what it always was", async () => {
  const found = await inBoundedThread(`[
    await outcome(Promise.resolve().then(() => new Uint8Array(${LARGEST}).length)),
    await outcome(Promise.resolve().then(() => new Uint8Array(${LARGEST} + 1))),
    new Uint8Array([1, 2]) instanceof Uint8Array && structuredClone(new Uint8Array(2)) instanceof Uint8Array,
    Uint8Array.from([3, 4])[1],
    new (class extends Uint8Array { get last() { return this.at(-1); } })([5, 6]).last,
    Buffer.from("ab") instanceof Uint8Array,
    Object.prototype.toString.call(new Uint8Array(1)),
  ]`);
  assert.deepEqual(found, [LARGEST, REFUSED, true, 4, 6, true, "[object Uint8Array]"]);
});
