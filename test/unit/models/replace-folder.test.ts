import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { requireSpace } from "../../../src/runtime/models/disk-space.ts";
import { replaceFolder } from "../../../src/runtime/models/replace-folder.ts";

let parent: string;
let folder: string;
before(async () => {
  parent = await mkdtemp(join(tmpdir(), "papertrace-replace-"));
  folder = join(parent, "model");
  await mkdir(folder);
  await writeFile(join(folder, "old"), "old");
});
after(() => rm(parent, { recursive: true }));

const some = () => 1_000_000;
/** The folder is as it was, and nothing lies beside it. */
async function untouched(): Promise<void> {
  assert.deepEqual(await readdir(parent), ["model"]);
  assert.equal(await readFile(join(folder, "old"), "utf8"), "old");
}

test("a disk that has too little space is told before anything is written", async () => {
  await requireSpace(parent, 1);
  const fill = () => assert.fail("filled");
  await assert.rejects(
    replaceFolder(folder, () => 2 ** 60, fill),
    (error: Error) => error.message.startsWith(`${parent} has `) && /MB are needed/.test(error.message),
  );
  await untouched();
});

// Linux has a file that is as full as a disk can be.
test("a disk that fills up is told with what it needs", { skip: !existsSync("/dev/full") }, async () => {
  await assert.rejects(
    replaceFolder(folder, some, () => writeFile("/dev/full", "x")),
    {
      message: `The disk of ${parent} is full; 1 MB have to be free there. Free some space and try again.`,
    },
  );
  await untouched();
});

test("what else goes wrong is told as it is, and leaves the folder as it was", async () => {
  const fill = (unfinished: string) => writeFile(join(unfinished, "none", "x"), "x");
  await assert.rejects(replaceFolder(folder, some, fill), { code: "ENOENT" });
  await untouched();
});

test("a folder that is filled takes the place of the old one", async () => {
  await replaceFolder(folder, some, unfinished => writeFile(join(unfinished, "new"), "new"));
  assert.deepEqual(await readdir(folder), ["new"]);
});
