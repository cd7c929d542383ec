import { posix, win32 } from "node:path";

/** The folder that contains the `transformers/` a file lies in, or null: `/a/transformers/models/x/y.py` gives `/a`. */
export function transformersAround(file: string, path: typeof posix | typeof win32): string | null {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder))
    if (path.basename(folder) === "transformers") return path.dirname(folder);
  return null;
}

/** Where a Python environment keeps its packages, the likeliest first. */
export function sitePackages(
  environment: { readonly prefix: string; readonly major: number; readonly minor: number },
  path: typeof posix | typeof win32,
): readonly string[] {
  const { prefix, major, minor } = environment;
  return path === win32
    ? [win32.join(prefix, "Lib", "site-packages")]
    : ["lib", "lib64"].map(lib => posix.join(prefix, lib, `python${major}.${minor}`, "site-packages"));
}
