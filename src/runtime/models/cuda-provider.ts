import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { t } from "../../shared/l10n.ts";
import { CUDA } from "../session/cuda-libraries.ts";
import { nativeFolder } from "../session/runtime-folder.ts";
import { downloadFromIndex } from "./add.ts";
import { type Cache, userCache, withCacheLock } from "./cache.ts";
import { DownloadError } from "./connection.ts";
import { requireSpace } from "./disk-space.ts";
import { discardDownload } from "./download.ts";
import { digestOf } from "./file-digest.ts";
import { type AddOptions, progressOf, waiting } from "./progress.ts";
import type { PinnedFile } from "./registry.ts";
import { replaceFolder } from "./replace-folder.ts";
import { unpackWheel } from "./wheel.ts";

/** What onnxruntime lacks to run on an NVIDIA GPU: two libraries of the same release, out of a wheel. */
export interface ProviderPackage {
  /** Release of onnxruntime-node that they belong to. */
  readonly version: string;
  /** Name in the Python package index. */
  readonly name: string;
  readonly wheel: PinnedFile;
  /** Folder inside the wheel. */
  readonly folder: string;
  readonly libraries: readonly PinnedFile[];
  /** Major release of CUDA whose libraries have to be on the machine. */
  readonly cuda: number;
}

export const CUDA_PROVIDER: ProviderPackage = {
  version: "1.30.0",
  name: "onnxruntime-gpu",
  wheel: {
    name: "onnxruntime_gpu-1.30.0-cp314-cp314-manylinux_2_28_x86_64.whl",
    bytes: 246_693_192,
    sha256: "5aacc98f394a13f4891c0a07e60479d8fb0b1ea6f3328b6b38cfc88f9dfb05ea",
  },
  folder: "onnxruntime/capi",
  libraries: [
    {
      name: "libonnxruntime_providers_cuda.so",
      bytes: 272_054_000,
      sha256: "0eb25d39348154516b638e792c9b30a5a91bbf7b72c2e09d3f68ada716ee6ce8",
    },
    {
      name: "libonnxruntime_providers_shared.so",
      bytes: 14_632,
      sha256: "086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d",
    },
  ],
  cuda: CUDA,
};

/** What is asked of the machine. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly architecture: string;
  /** Whether NVIDIA's driver is there. */
  readonly hasDriver: boolean;
}

/** Where the driver shows itself: the kernel module's, and that of Linux inside Windows. */
const DRIVER = ["/proc/driver/nvidia/version", "/usr/lib/wsl/lib/libcuda.so.1"];

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    architecture: process.arch,
    hasDriver: DRIVER.some(path => existsSync(path)),
  };
}

/** Providers that come with onnxruntime and use the GPU where CUDA cannot be had. */
const INSTEAD: Partial<Record<NodeJS.Platform, string>> = { win32: "dml", darwin: "coreml", linux: "webgpu" };

/** @throws Error that says why the CUDA provider would be of no use here, and what is. */
export function requireCudaMachine(machine: Machine): void {
  const { platform, architecture, hasDriver } = machine;
  const instead = INSTEAD[platform] ?? "cpu";
  if (platform !== "linux" || architecture !== "x64") {
    throw new Error(
      t(
        "The CUDA provider exists for Linux on x64, and this is {0} on {1}. Set papertrace.provider to “{2}” instead.",
        platform,
        architecture,
        instead,
      ),
    );
  }
  if (!hasDriver) {
    throw new Error(
      t(
        "No driver of NVIDIA was found ({0} is missing). Install it if there is an NVIDIA GPU; with another, set papertrace.provider to “{1}”.",
        DRIVER[0]!,
        instead,
      ),
    );
  }
}

/** Where the cache keeps onnxruntime-node with the provider; null where it is not there, or of another release. */
export function cudaRuntime(cache: Cache, provider = CUDA_PROVIDER): string | null {
  const folder = join(cache.providers, `cuda-${provider.version}`);
  return existsSync(folder) ? folder : null;
}

/** Bytes on disk afterwards, for the question before: the libraries, and onnxruntime's own beside them. */
export function unpackedBytes({ libraries }: ProviderPackage): number {
  return libraries.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * Downloads the provider into the cache, beside a copy of onnxruntime-node: it looks for its providers where it lies
 * itself. What was interrupted goes on where it stopped.
 * @throws Error naming what is lacking: a driver, space, the network, or the expected bytes.
 */
export async function addCudaProvider(
  options: AddOptions = {},
  machine: Machine = thisMachine(),
  provider: ProviderPackage = CUDA_PROVIDER,
): Promise<string> {
  const { cache = userCache(options.environment), signal } = options;
  requireCudaMachine(machine);
  const folder = join(cache.providers, `cuda-${provider.version}`);
  const work = async (): Promise<string> => {
    if (existsSync(folder)) return folder;
    const bytes = unpackedBytes(provider) + RUNTIME_BYTES;
    await requireSpace(cache.root, provider.wheel.bytes + bytes);
    const wheel = await downloadFromIndex(provider.name, provider.wheel, cache, options);
    const fill = async (unfinished: string): Promise<void> => {
      const target = await copyRuntime(unfinished);
      const onFraction = progressOf(options, t("Unpacking {0}", provider.wheel.name));
      const wanted = new Map(provider.libraries.map(({ name }) => [`${provider.folder}/${name}`, name]));
      await unpackWheel(wheel, target, path => wanted.get(path) ?? null, {
        signal,
        onBytes: written => onFraction(written / unpackedBytes(provider)),
      });
      for (const library of provider.libraries) await verify(join(target, library.name), library, signal);
    };
    await replaceFolder(folder, () => bytes, fill);
    await discardDownload(provider.wheel, cache.downloads);
    return folder;
  };
  return withCacheLock(cache, "provider-cuda", work, { signal, onWait: waiting(options) });
}

/** Upper bound of onnxruntime-node's own files for one platform. */
const RUNTIME_BYTES = 60_000_000;

/** Copies the onnxruntime-node that is installed here; gives the folder of its native libraries. */
async function copyRuntime(folder: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const node = dirname(dirname(require.resolve("onnxruntime-node")));
  const common = packageFolder(createRequire(join(node, "package.json")).resolve("onnxruntime-common"));
  const modules = join(folder, "node_modules");
  const own = join(modules, "onnxruntime-node");
  const target = nativeFolder(folder);
  for (const part of ["package.json", "dist", relative(own, target)])
    await cp(join(node, part), join(own, part), { recursive: true, dereference: true });
  await cp(common, join(modules, "onnxruntime-common"), { recursive: true, dereference: true });
  return target;
}

function packageFolder(file: string): string {
  const name = "onnxruntime-common";
  return file.slice(0, file.lastIndexOf(name) + name.length);
}

async function verify(path: string, library: PinnedFile, signal?: AbortSignal): Promise<void> {
  const digest = existsSync(path) ? await digestOf(path, library, signal) : null;
  if (digest === library.sha256) return;
  throw new DownloadError(
    digest === null
      ? t("{0} does not hold {1}.", dirname(path), library.name)
      : t("{0} has SHA-256 {1}, expected {2}.", library.name, digest, library.sha256),
  );
}
