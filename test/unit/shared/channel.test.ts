import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import * as v from "valibot";
import { connect } from "../../../src/shared/channel.ts";

interface Functions {
  read(name: string): Promise<string>;
}
type Nothing = Record<never, never>;

/** Two sides of a boundary that carries plain data, as the messages of a page do. */
function connected(read: Functions["read"]) {
  const [there, back] = [new EventEmitter(), new EventEmitter()];
  const port = (out: EventEmitter, inn: EventEmitter) => ({
    post: (message: unknown) => void out.emit("message", JSON.parse(JSON.stringify(message))),
    onMessage: (listener: (message: unknown) => void) => void inn.on("message", listener),
  });
  connect<Nothing, Functions>(port(back, there), { read }, { read: v.tuple([v.string()]) });
  return connect<Functions, Nothing>(port(there, back), {}, {});
}

test("an answer comes back", async () => {
  assert.equal(await connected(async name => `${name}!`).read("a"), "a!");
});

test("a failure comes back as an error with its words, over plain data too", async () => {
  const remote = connected(async name => {
    throw new RangeError(`${name}: the file is cut off`);
  });
  await assert.rejects(remote.read("a.safetensors"), error => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "RangeError");
    assert.equal(error.message, "a.safetensors: the file is cut off");
    return true;
  });
});

test("what does not fit its schema is answered with the function's name", async () => {
  const remote = connected(async name => name);
  await assert.rejects(remote.read(3 as unknown as string), /read: .*string/s);
});
