import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { pythonOnPath } from "../compare/find-python.ts";
import type { Environment } from "../models/cache.ts";

/** Major release of CUDA that onnxruntime's provider is built with. */
export const CUDA = 13;

/** Oldest driver that runs it. https://docs.nvidia.com/deploy/cuda-compatibility/ */
export const DRIVER = 580;

/** Its largest library, by which a folder with CUDA of that release is known. */
const MARK = `libcublasLt.so.${CUDA}`;

/** Where NVIDIA's own installer puts CUDA, without telling the system's loader. */
const INSTALLED = ["/usr/local/cuda/lib64", `/usr/local/cuda-${CUDA}/lib64`];

/** Brings the libraries into a Python environment; PyTorch for CUDA asks for the same packages. */
const INSTALL = `pip install "cuda-toolkit[cublas,cudart,cufft,curand]==${CUDA}.*" nvidia-cudnn-cu${CUDA}`;

/**
 * Folders of CUDA's libraries that the system's loader does not know, all of one installation: of the first Python
 * environment that has them, as PyTorch for CUDA brings them, else of NVIDIA's installer; empty where there are none.
 * @param packages folders such as site-packages that are in use, looked at first.
 * @param installed where NVIDIA's installer may have put them.
 */
export function cudaLibraryFolders(
  environment: Environment,
  packages: readonly string[] = [],
  installed: readonly string[] = INSTALLED,
): readonly string[] {
  const python = [...packages, ...prefixes(environment).flatMap(packageFolders)].map(folder =>
    within(join(folder, "nvidia"), () => true)
      .map(component => join(component, "lib"))
      .filter(lib => existsSync(lib)),
  );
  const candidates = [...python, ...installed.map(folder => [folder])];
  return candidates.find(folders => folders.some(folder => existsSync(join(folder, MARK)))) ?? [];
}

/** What to do about a library that the provider asks for and the loader does not find. */
export function cudaRemedy(missing: string | null): string {
  if (missing?.startsWith("libcuda.so"))
    return t("{0} was not found: install NVIDIA's driver, {1} or later.", missing, DRIVER);
  return missing === null
    ? t("It needs CUDA {0}. Install it, or its libraries into your Python environment: {1}", CUDA, INSTALL)
    : t(
        "{0} was not found. Install CUDA {1}, or its libraries into your Python environment: {2}",
        missing,
        CUDA,
        INSTALL,
      );
}

/** Folders that Python environments are under: the chosen ones, the first on the PATH, the user's, and the system's. */
function prefixes({ VIRTUAL_ENV, CONDA_PREFIX, ...environment }: Environment): string[] {
  const python = pythonOnPath(environment);
  const user = join(environment.HOME ?? homedir(), ".local");
  return [VIRTUAL_ENV, CONDA_PREFIX, python && dirname(dirname(python)), user, "/usr/local"].filter(
    prefix => !!prefix,
  ) as string[];
}

function packageFolders(prefix: string): string[] {
  return within(join(prefix, "lib"), name => /^python3/.test(name)).flatMap(lib =>
    ["site-packages", "dist-packages"].map(name => join(lib, name)),
  );
}

/** Entries of a folder by name; none where it is not there. */
function within(folder: string, isWanted: (name: string) => boolean): string[] {
  try {
    return readdirSync(folder)
      .filter(isWanted)
      .map(name => join(folder, name));
  } catch {
    return [];
  }
}
