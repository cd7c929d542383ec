import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { FrameReader, FrameWriter } from "../../../src/runtime/session/frames.ts";
import { int64, numbers } from "../../../src/runtime/session/numbers.ts";

test("tensors arrive whole however the stream is cut, in any order of asking", async () => {
  const source = new PassThrough();
  const sink = new PassThrough();
  const writer = new FrameWriter(source);
  const reader = new FrameReader(sink);
  const first = writer.send(int64([1, 2, 3]));
  const empty = writer.send(int64([], [0, 4]));
  const second = writer.send(int64([4, 5], [2, 1]));
  const bytes: Buffer = source.read();
  const asked = reader.receive(second);
  for (const byte of bytes) sink.write(Buffer.of(byte));
  assert.deepEqual(Array.from(numbers(await asked)), [4, 5]);
  assert.deepEqual((await asked).shape, [2, 1]);
  assert.deepEqual(Array.from(numbers(await reader.receive(first))), [1, 2, 3]);
  assert.equal((await reader.receive(empty)).data.byteLength, 0);
});

test("a tensor whose bytes do not fit its shape is refused", async () => {
  const stream = new PassThrough();
  const reader = new FrameReader(stream);
  const header = new FrameWriter(stream).send(int64([1, 2]));
  await assert.rejects(reader.receive({ ...header, shape: [3] }), /16 bytes, expected 24/);
});

test("an impossible length ends the stream and everything that waits", async () => {
  const stream = new PassThrough();
  const reader = new FrameReader(stream);
  const waiting = reader.receive({ dtype: "int64", shape: [1], frame: 7 });
  stream.write(Buffer.alloc(16, 0xff));
  await assert.rejects(waiting, /impossible length/);
  await assert.rejects(reader.receive({ dtype: "int64", shape: [1], frame: 8 }), /impossible length/);
});
