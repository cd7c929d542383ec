import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { cudaLibraryFolders, cudaRemedy } from "../../../src/runtime/session/cuda-libraries.ts";
import { RUNTIME_VARIABLE, runtimeEnvironment } from "../../../src/runtime/session/runtime-folder.ts";

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), "papertrace-cuda-libraries-"));
  for (const file of [
    // PyTorch for CUDA 12 lies in the first environment, for CUDA 13 in the others.
    "old/lib/python3.11/site-packages/nvidia/cublas/lib/libcublasLt.so.12",
    "old/lib/python3.11/site-packages/nvidia/cudnn/lib/libcudnn.so.9",
    "new/bin/python3",
    "new/lib/python3.12/site-packages/nvidia/cu13/lib/libcublasLt.so.13",
    "new/lib/python3.12/site-packages/nvidia/cudnn/lib/libcudnn.so.9",
    "new/lib/python3.12/site-packages/nvidia/__init__.py",
    "home/.local/lib/python3.13/site-packages/nvidia/cu13/lib/libcublasLt.so.13",
    "installed/lib64/libcublasLt.so.13",
  ]) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), "stand-in");
  }
  await chmod(join(root, "new/bin/python3"), 0o755);
});

after(() => rm(root, { recursive: true }));

const at = (...paths: string[]) => paths.map(path => join(root, path));
const nvidia = "new/lib/python3.12/site-packages/nvidia";
const NEW = [`${nvidia}/cu13/lib`, `${nvidia}/cudnn/lib`];
const nowhere = { HOME: "/nowhere", PATH: "/nowhere" };

test("CUDA's libraries are found where PyTorch brought them, all of the one environment that has this release", () => {
  const find = (environment: Record<string, string>, packages: string[] = []) =>
    [...cudaLibraryFolders({ ...nowhere, ...environment }, packages, [])].sort();
  assert.deepEqual(find({ VIRTUAL_ENV: join(root, "new") }), at(...NEW));
  assert.deepEqual(find({ VIRTUAL_ENV: join(root, "old"), CONDA_PREFIX: join(root, "new") }), at(...NEW));
  assert.deepEqual(find({ PATH: `/nowhere:${join(root, "new/bin")}` }), at(...NEW));
  assert.deepEqual(find({}, at("new/lib/python3.12/site-packages")), at(...NEW));
  assert.deepEqual(
    find({ HOME: join(root, "home") }),
    at("home/.local/lib/python3.13/site-packages/nvidia/cu13/lib"),
  );
  assert.deepEqual(find({ VIRTUAL_ENV: join(root, "old") }), []);
});

test("without them in Python, those of NVIDIA's installer serve, if they are there", () => {
  const installed = at("missing/lib64", "installed/lib64");
  assert.deepEqual(cudaLibraryFolders(nowhere, [], installed), at("installed/lib64"));
  assert.deepEqual(cudaLibraryFolders(nowhere, [], at("missing/lib64")), []);
});

test("folders of libraries come behind those that are named, and float32 is computed as float32", () => {
  assert.deepEqual(runtimeEnvironment("/runtime", ["/a", "/b"], { LD_LIBRARY_PATH: "/mine" }), {
    [RUNTIME_VARIABLE]: "/runtime",
    LD_LIBRARY_PATH: "/mine:/a:/b",
    NVIDIA_TF32_OVERRIDE: "0",
  });
  assert.equal(runtimeEnvironment("/runtime", ["/a"], {}).LD_LIBRARY_PATH, "/a");
});

test("the missing library says what to install", () => {
  assert.match(
    cudaRemedy("libcublasLt.so.13"),
    /^libcublasLt\.so\.13 was not found\. .*CUDA 13.*pip install /,
  );
  assert.match(cudaRemedy("libcuda.so.1"), /^libcuda\.so\.1 was not found: install NVIDIA's driver, 580/);
  assert.match(cudaRemedy(null), /^It needs CUDA 13\..*pip install /);
});
