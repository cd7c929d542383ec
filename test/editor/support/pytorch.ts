import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../../../scripts/project.ts";
import { pythonOnPath } from "../../../src/runtime/compare/find-python.ts";

/** A Python of this machine that has PyTorch, absolute: the one of the scores, else the first on PATH. Nothing is installed. */
export function pythonWithTorch(): string | null {
  const python = [join(cacheDirectory, "reference-python", "bin", "python"), pythonOnPath(process.env)].find(
    path => path !== null && existsSync(path) && spawnSync(path, ["-c", "import torch"]).status === 0,
  );
  return python ?? null;
}
