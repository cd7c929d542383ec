import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { int64 } from "../../src/runtime/session/numbers.ts";
import { SessionProcess } from "../../src/runtime/session/process.ts";
import { tinyTrace, weightFolder } from "../unit/session/tiny-trace.ts";

let folder: string;
const session = new SessionProcess();

before(async () => {
  // A list of drivers without an entry: the loader finds no adapter, as on a machine without a GPU.
  process.env.VK_DRIVER_FILES = "/nowhere.json";
  folder = await weightFolder();
});

after(async () => {
  session.dispose();
  await rm(folder, { recursive: true });
});

test("without an adapter the CPU serves and says why", async () => {
  const program = session.use({
    key: "tiny",
    trace: tinyTrace(),
    weights: folder,
    providers: ["webgpu"],
    purpose: "inspect",
  });
  const loaded = await program.load();
  assert.equal(loaded.provider, "cpu");
  assert.match(loaded.fallback ?? "", /^webgpu cannot be used: /);
  const { serving } = await program.run({ inputs: { input_ids: int64([1, 2], [1, 2]) } });
  assert.deepEqual(serving, { provider: "cpu", fallback: loaded.fallback, check: null });
});
