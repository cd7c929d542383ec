import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import { SnapshotStore } from "../../../src/runtime/tracer/snapshot.ts";
import type { TraceRequest } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

const MEGABYTE = 2 ** 20;
const source = join(fixturesDirectory("tracer"), "unsaved.py");
const tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory(), bytes: 512 * MEGABYTE });
const folder = mkdtempSync(join(tmpdir(), "papertrace-snapshots-"));
after(() => {
  tracer.dispose();
  rmSync(folder, { recursive: true });
});

/** A source that adds to its input how often it has been traced since it was imported. */
function counting(megabytes: number): TraceRequest {
  const text = [
    "from torch import nn",
    "traced = []",
    "class Case(nn.Module):",
    "    def forward(self, x, megabytes=0):",
    "        traced.append(True)",
    `        taken = bytearray(self.megabytes * ${MEGABYTE})`,
    "        return x + len(traced)",
    "    def __init__(self, megabytes):",
    "        super().__init__()",
    "        self.megabytes = megabytes",
  ];
  return {
    source,
    class: "Case",
    config: null,
    arguments: { megabytes },
    transformers: null,
    overlay: { [source]: `${text.join("\n")}\n` },
    inputs: [{ name: "x", dtype: "float32", shape: [2] }],
    checkpointNames: null,
  };
}

async function traced(megabytes: number): Promise<unknown> {
  const result = await tracer.trace(counting(megabytes));
  assert.ok(result.ok, JSON.stringify(result));
  const constant = result.trace.operations.find(operation => operation.primitive === "const");
  assert.ok(constant && "data" in constant.attributes);
  return constant.attributes.data[0];
}

test("an interpreter whose memory has grown gives way to a new one, and the caller sees only results", async () => {
  assert.equal(await traced(1), 1);
  assert.equal(await traced(2), 2, "modules stay loaded between traces");
  assert.equal(await traced(280), 3);
  assert.equal(await traced(1), 1, "a new interpreter has imported the source again");
  assert.equal(await traced(1), 2);
});

test("of snapshots those used last are kept, and what was never finished goes", async () => {
  const made: string[] = [];
  const write = async (tracerVersion: string) => {
    const store = new SnapshotStore(folder, tracerVersion);
    await store.write(null, new Uint8Array([1]));
    made.push((await store.find(null))!);
  };
  const age = (path: string, minutes: number) => {
    const time = new Date(Date.now() - minutes * 60_000);
    utimesSync(path, time, time);
  };
  for (const version of ["a", "b", "c"]) await write(version);
  for (const [index, path] of made.entries()) age(path, 10 - index);
  assert.equal(await new SnapshotStore(folder, "a").find(null), made[0], "now used last");
  const unfinished = `${made[1]}.123`;
  writeFileSync(unfinished, "");
  age(unfinished, 61);
  writeFileSync(`${made[1]}.456`, "");
  await write("d");
  assert.deepEqual(
    readdirSync(folder)
      .map(name => join(folder, name))
      .sort(),
    [made[0], made[2], made[3], `${made[1]}.456`].sort(),
  );
});
