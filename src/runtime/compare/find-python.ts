import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Environment } from "../models/cache.ts";

/** Names of the interpreter, likeliest first. */
const NAMES = { posix: ["python3", "python"], win32: ["python.exe", "python3.exe"] } as const;

/** The first Python on PATH, absolute; null where there is none. Nothing is run. */
export function pythonOnPath(environment: Environment, platform = process.platform): string | null {
  const names = platform === "win32" ? NAMES.win32 : NAMES.posix;
  const folders = (environment.PATH ?? environment.Path ?? "").split(delimiter).filter(isAbsolute);
  for (const folder of folders)
    for (const name of names) if (isExecutable(join(folder, name))) return join(folder, name);
  return null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    // Windows puts empty files there that open its shop.
    return statSync(path).size > 0;
  } catch {
    return false;
  }
}
