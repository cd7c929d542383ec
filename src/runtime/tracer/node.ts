import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A Node that has the permission model: the one that runs this, else the one that is installed with Papertrace. */
export function nodeWithPermissions(): string {
  if (process.allowedNodeEnvironmentFlags.has("--permission")) return process.execPath;
  const require = createRequire(import.meta.url);
  const binary = process.platform === "win32" ? "node.exe" : "node";
  const pinned = join(dirname(require.resolve("node/package.json")), "bin", binary);
  return existsSync(pinned) ? pinned : process.execPath;
}
