import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cacheAt } from "../../../src/runtime/models/cache.ts";
import {
  addCudaProvider,
  CUDA_PROVIDER,
  cudaRuntime,
  type Machine,
  type ProviderPackage,
  requireCudaMachine,
} from "../../../src/runtime/models/cuda-provider.ts";
import { int64 } from "../../../src/runtime/session/numbers.ts";
import { SessionProcess } from "../../../src/runtime/session/process.ts";
import { projectDirectory } from "../../support/paths.ts";
import { tinyTrace, weightFolder } from "../session/tiny-trace.ts";
import { cutAfter, inTurn, type StandInHub, serve, startHub } from "./stand-in-hub.ts";
import { writeZip } from "./zip-writer.ts";

const MACHINE: Machine = { platform: "linux", architecture: "x64", hasDriver: true };
const LIBRARIES = {
  "libonnxruntime_providers_cuda.so": randomBytes(100_000),
  "libonnxruntime_providers_shared.so": Buffer.from("nor is this"),
};
const WHEEL = writeZip({
  ...Object.fromEntries(Object.entries(LIBRARIES).map(([name, text]) => [`onnxruntime/capi/${name}`, text])),
  "onnxruntime/capi/libonnxruntime_providers_tensorrt.so": "not wanted",
});

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

const PROVIDER: ProviderPackage = {
  ...CUDA_PROVIDER,
  wheel: { name: "onnxruntime_gpu.whl", bytes: WHEEL.length, sha256: sha256(WHEEL) },
  libraries: Object.entries(LIBRARIES).map(([name, data]) => ({
    name,
    bytes: data.length,
    sha256: sha256(data),
  })),
};

let hub: StandInHub;
let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "papertrace-cuda-"));
  hub = await startHub();
});

after(async () => {
  await hub.close();
  await rm(root, { recursive: true });
});

const index = JSON.stringify({ files: [{ filename: PROVIDER.wheel.name, url: "/wheel" }] });

function options(name: string) {
  hub.answers = {
    "/simple/onnxruntime-gpu/": (_, response) =>
      response.writeHead(200, { "content-type": "application/vnd.pypi.simple.v1+json" }).end(index),
    "/wheel": serve(WHEEL),
  };
  return {
    cache: cacheAt(join(root, name)),
    environment: { PIP_INDEX_URL: `${hub.address}/simple` },
  };
}

test("the provider comes into the cache beside a copy of onnxruntime, nothing else with it", async () => {
  const given = options("whole");
  const messages = new Set<string>();
  const folder = await addCudaProvider(
    { ...given, onProgress: ({ message }) => messages.add(message) },
    MACHINE,
    PROVIDER,
  );
  assert.equal(folder, cudaRuntime(given.cache));
  const native = join(
    folder,
    "node_modules",
    "onnxruntime-node",
    "bin",
    "napi-v6",
    process.platform,
    process.arch,
  );
  for (const [name, data] of Object.entries(LIBRARIES))
    assert.deepEqual(await readFile(join(native, name)), data);
  const files = await readdir(native);
  assert.ok(files.includes("onnxruntime_binding.node"));
  assert.ok(!files.includes("libonnxruntime_providers_tensorrt.so"));
  assert.ok(existsSync(join(folder, "node_modules", "onnxruntime-common", "package.json")));
  assert.deepEqual([...messages], ["Downloading onnxruntime_gpu.whl", "Unpacking onnxruntime_gpu.whl"]);
  assert.deepEqual(await readdir(given.cache.downloads), []);

  const before = hub.requests.length;
  await addCudaProvider(given, MACHINE, PROVIDER);
  assert.equal(hub.requests.length, before);
});

test("a session takes onnxruntime from there, and says which library cannot be used", async () => {
  const { cache } = options("whole");
  const lines: string[] = [];
  const session = new SessionProcess({ runtime: () => cudaRuntime(cache), log: line => lines.push(line) });
  const weights = await weightFolder();
  try {
    const program = session.use({
      key: "tiny",
      trace: tinyTrace(),
      weights,
      providers: ["cuda"],
      purpose: "inspect",
    });
    const loaded = await program.load();
    assert.equal(loaded.provider, "cpu");
    assert.match(
      loaded.fallback ?? "",
      /^cuda cannot be used: Failed to load shared library\. It needs CUDA 13\. /,
    );
    if (process.platform === "linux") {
      const mapped = await readFile(`/proc/${session.processId}/maps`, "utf8");
      assert.match(mapped, /providers\/cuda-1\.30\.0\/node_modules\/onnxruntime-node\/.*libonnxruntime\.so/);
      assert.doesNotMatch(mapped, new RegExp(`${projectDirectory}/node_modules/onnxruntime-node/`));
    }
    const result = await program.run({ inputs: { input_ids: int64([1, 2], [1, 2]) } });
    assert.deepEqual(result.output.shape, [1, 2, 5]);
  } finally {
    session.dispose();
    await rm(weights, { recursive: true });
  }
});

test("a download that was broken off goes on where it stopped", async () => {
  const given = options("resumed");
  const { answer, cut } = cutAfter(WHEEL, Math.floor(WHEEL.length / 2));
  hub.answers["/begun"] = inTurn(answer, serve(WHEEL));
  hub.answers["/simple/onnxruntime-gpu/"] = (_, response) =>
    response
      .writeHead(200, { "content-type": "application/vnd.pypi.simple.v1+json" })
      .end(index.replace("/wheel", "/begun"));
  const onProgress = ({ fraction }: { fraction: number | null }) =>
    cut(Math.round((fraction ?? 0) * WHEEL.length));
  await addCudaProvider({ ...given, onProgress }, MACHINE, PROVIDER);
  const ranges = hub.requests.filter(({ path }) => path === "/begun").map(({ range }) => range);
  assert.equal(ranges[0], undefined);
  assert.match(ranges.at(-1) ?? "", /^bytes=[1-9]\d*-$/);
  assert.notEqual(cudaRuntime(given.cache), null);
});

test("other bytes than the expected are refused by their hash, and leave nothing behind", async () => {
  const given = options("damaged");
  const damaged = Buffer.from(WHEEL);
  damaged[100]! ^= 1;
  hub.answers["/wheel"] = serve(damaged);
  await assert.rejects(addCudaProvider(given, MACHINE, PROVIDER), /its SHA-256 is [0-9a-f]{64}, expected/);
  assert.equal(cudaRuntime(given.cache), null);

  const other = {
    ...PROVIDER,
    libraries: PROVIDER.libraries.map(each => ({ ...each, sha256: "0".repeat(64) })),
  };
  await assert.rejects(
    addCudaProvider(options("damaged"), MACHINE, other),
    /^Error: libonnxruntime_providers_cuda\.so has SHA-256|DownloadError: libonnxruntime_providers_cuda\.so has SHA-256/,
  );
  assert.equal(cudaRuntime(given.cache), null);
  assert.deepEqual(await readdir(given.cache.providers), []);
});

test("without a network the index is named", async () => {
  const given = { ...options("offline"), environment: { PIP_INDEX_URL: "http://127.0.0.1:9/simple" } };
  await assert.rejects(
    addCudaProvider(given, MACHINE, PROVIDER),
    /127\.0\.0\.1:9\/simple\/onnxruntime-gpu\/ could not be read/,
  );
});

test("too little space is said before anything is downloaded", async () => {
  const given = options("full");
  const huge = { ...PROVIDER, libraries: [{ ...PROVIDER.libraries[0]!, bytes: 2 ** 60 }] };
  const before = hub.requests.length;
  await assert.rejects(addCudaProvider(given, MACHINE, huge), /MB free, \d+ MB are needed/);
  assert.equal(hub.requests.length, before);
});

test("where CUDA cannot be, the message says why and what serves instead", () => {
  assert.throws(() => requireCudaMachine({ ...MACHINE, hasDriver: false }), /No driver of NVIDIA.*webgpu/);
  assert.throws(() => requireCudaMachine({ ...MACHINE, platform: "win32" }), /win32 on x64.*“dml”/);
  assert.throws(() => requireCudaMachine({ ...MACHINE, architecture: "arm64" }), /linux on arm64.*“webgpu”/);
  requireCudaMachine(MACHINE);
});
