import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { cacheAt, userCache, withCacheLock } from "../../../src/runtime/models/cache.ts";

describe("cache", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "papertrace-cache-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  it("lies where PAPERTRACE_CACHE says, else in the folder for caches", () => {
    assert.equal(userCache({ PAPERTRACE_CACHE: "/a/b", XDG_CACHE_HOME: "/x" }).root, "/a/b");
    assert.equal(userCache({ XDG_CACHE_HOME: "/x", HOME: "/h" }).root, join("/x", "papertrace"));
    assert.equal(userCache({ PAPERTRACE_CACHE: "", XDG_CACHE_HOME: "/x" }).root, join("/x", "papertrace"));
  });

  it("lies under the home folder as each platform has it", () => {
    const folderOn = (platform: NodeJS.Platform, environment: Record<string, string>): string =>
      userCache(environment, platform).root;
    assert.equal(folderOn("linux", { HOME: "/h" }), join("/h", ".cache", "papertrace"));
    assert.equal(folderOn("darwin", { HOME: "/h" }), join("/h", "Library", "Caches", "papertrace"));
    assert.equal(folderOn("win32", { LOCALAPPDATA: "/l" }), join("/l", "papertrace"));
  });

  it("lets one at a time do work of one name", async () => {
    const cache = cacheAt(root);
    const events: string[] = [];
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const first = withCacheLock(cache, "model-x", async () => {
      events.push("first in");
      await held;
      events.push("first out");
    });
    const onWait = () => {
      events.push("waiting");
      release();
    };
    while (events.length === 0) await new Promise(resolve => setTimeout(resolve, 5));
    await withCacheLock(cache, "model-x", async () => void events.push("second in"), { onWait });
    await first;
    assert.deepEqual(events, ["first in", "waiting", "first out", "second in"]);
  });

  it("does not make work of another name wait", async () => {
    const cache = cacheAt(root);
    const inner = () => withCacheLock(cache, "model-y", async () => "done", { onWait: () => assert.fail() });
    assert.equal(await withCacheLock(cache, "model-x", inner), "done");
  });

  it("gives the lock back when the work fails", async () => {
    const cache = cacheAt(root);
    await assert.rejects(
      withCacheLock(cache, "a", () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await withCacheLock(cache, "a", async () => 1, { onWait: () => assert.fail() }), 1);
  });

  it("stops waiting when it is cancelled", async () => {
    const cache = cacheAt(root);
    const controller = new AbortController();
    await withCacheLock(cache, "a", async () => {
      const waiting = withCacheLock(cache, "a", async () => assert.fail(), {
        signal: controller.signal,
        onWait: () => controller.abort(),
      });
      await assert.rejects(waiting, { name: "AbortError" });
    });
  });
});
