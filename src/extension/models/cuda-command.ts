import { userCache } from "../../runtime/models/cache.ts";
import {
  addCudaProvider,
  CUDA_PROVIDER,
  cudaRuntime,
  requireCudaMachine,
  thisMachine,
  unpackedBytes,
} from "../../runtime/models/cuda-provider.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { agreesToDownload } from "../download-consent.ts";
import { settingIds } from "../ids.ts";
import { withProgress } from "../progress.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { writeSetting } from "../settings.ts";

/** "Get the CUDA Provider": says what comes from where, downloads it, and lets models run on it. */
export async function getCuda(runtime: Runtime): Promise<void> {
  requireCudaMachine(thisMachine());
  if (cudaRuntime(userCache()) === null && !(await download())) return;
  await writeSetting(settingIds.provider, "cuda");
  runtime.restart();
}

async function download(): Promise<boolean> {
  const { name, version, wheel, cuda } = CUDA_PROVIDER;
  const detail = t(
    "{0} ({1}) are downloaded from pypi.org, checked by their SHA-256 and unpacked to {2} in Papertrace's cache. CUDA {3} has to be on this machine: installed, or with PyTorch for CUDA.",
    fileSize(wheel.bytes),
    name,
    fileSize(unpackedBytes(CUDA_PROVIDER)),
    cuda,
  );
  if (!(await agreesToDownload(t("Get the CUDA provider of onnxruntime {0}?", version), detail)))
    return false;
  const title = t("Getting the CUDA provider");
  const folder = await withProgress(title, (onProgress, signal) => addCudaProvider({ onProgress, signal }));
  return folder !== undefined;
}
