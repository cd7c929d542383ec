import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../project.ts";

/** What PyTorch's numbers are computed with; for the processor alone, which is a tenth of the download. */
const PACKAGES = ["torch==2.13.0", "transformers==5.18.0", "safetensors==0.8.0", "numpy==2.4.6"];
const PROCESSOR_WHEELS = "https://download.pytorch.org/whl/cpu";

/** The Python of a virtual environment with PyTorch, made once in the cache; null where it cannot be made, said why. */
export function referencePython(): string | null {
  const folder = join(cacheDirectory, "reference-python");
  const python = join(folder, "bin", "python");
  const ready = () =>
    existsSync(python) && spawnSync(python, ["-c", "import torch, transformers"]).status === 0;
  if (ready()) return python;
  console.error(`Installing ${PACKAGES.join(", ")} …`);
  mkdirSync(cacheDirectory, { recursive: true });
  try {
    execFileSync("python3", ["-m", "venv", "--clear", folder], { stdio: ["ignore", "ignore", "pipe"] });
    execFileSync(python, ["-m", "pip", "install", "-q", "--extra-index-url", PROCESSOR_WHEELS, ...PACKAGES], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    if (ready()) return python;
    throw new Error("what was installed cannot be imported");
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    console.error(`No PyTorch to compare with: ${(error as Error).message.split("\n")[0]}`);
    return null;
  }
}

/**
 * Cases of the models that `forward-models.txt` lists, made once in the cache by the script beside it.
 * @param gold folder of the recorded truth.
 */
export function forwardCasesFolder(gold: string, models: readonly string[]): string | null {
  const folder = join(cacheDirectory, "forward-cases");
  const missing = models.filter(name => !existsSync(join(folder, name, "case.json")));
  if (missing.length === 0) return folder;
  const python = referencePython();
  if (!python) return null;
  mkdirSync(folder, { recursive: true });
  console.error(`Computing ${missing.length} models with PyTorch …`);
  execFileSync(python, [join(gold, "make_forward.py"), folder, ...missing], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return folder;
}

/**
 * Cases of every task head of the models that there are cases of, made once in the cache.
 * @param cases see `forwardCasesFolder`.
 */
export function headCasesFolder(cases: string): string | null {
  const folder = join(cacheDirectory, "head-cases");
  // Written when every head has been tried.
  if (existsSync(join(folder, "left-out.json"))) return folder;
  const python = referencePython();
  if (!python) return null;
  console.error("Computing task heads with PyTorch …");
  const script = join(import.meta.dirname, "task_heads.py");
  execFileSync(python, [script, cases, folder], { stdio: ["ignore", "ignore", "inherit"] });
  return folder;
}
