import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { reasonOf, remedyFor } from "../../../src/runtime/session/refusal.ts";
import { RUNTIME_VARIABLE } from "../../../src/runtime/session/runtime-folder.ts";

/** As onnxruntime words it, around what CUDA says. */
const cudaFailure = (said: string) =>
  new Error(
    `/src/cuda_call.cc:154 std::conditional_t<THRW, void, Status> CudaCall(ERRTYPE) [with THRW = true] CUDA failure ${said} ; GPU=-1 ; hostname=vm ; file=/src/cuda_execution_provider.cc ; line=352 ; expr=cudaSetDevice(info_.device_id); \n`,
  );
const UNLOADABLE = new Error("OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library");

let runtime: string | undefined;
before(() => {
  runtime = process.env[RUNTIME_VARIABLE];
});
after(() => {
  if (runtime === undefined) delete process.env[RUNTIME_VARIABLE];
  else process.env[RUNTIME_VARIABLE] = runtime;
});

test("a refusal is told without the source of onnxruntime around it", () => {
  assert.equal(
    reasonOf(cudaFailure("100: no CUDA-capable device is detected")),
    "CUDA failure 100: no CUDA-capable device is detected",
  );
  assert.equal(reasonOf(UNLOADABLE), "Failed to load shared library");
  assert.equal(reasonOf(new Error("/src/x.cc:1 adapter was false. No adapter\nat there")), "No adapter");
});

test("where something can be installed, the refusal says what", () => {
  const old = cudaFailure("35: CUDA driver version is insufficient for CUDA runtime version");
  assert.equal(remedyFor("cuda", old), "Install NVIDIA's driver, 580 or later.");
  assert.equal(remedyFor("cuda", cudaFailure("100: no CUDA-capable device is detected")), null);
  assert.equal(remedyFor("webgpu", new Error("No supported adapters")), null);
  process.env[RUNTIME_VARIABLE] = "";
  assert.match(remedyFor("cuda", UNLOADABLE) ?? "", /papertrace providers add cuda/);
  process.env[RUNTIME_VARIABLE] = "/nowhere";
  assert.match(remedyFor("cuda", UNLOADABLE) ?? "", /^It needs CUDA 13\. /);
});
