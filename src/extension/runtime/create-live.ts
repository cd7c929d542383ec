import { existsSync } from "node:fs";
import { join } from "node:path";
import type * as vscode from "vscode";
import { Live } from "../../runtime/live/live.ts";
import { userCache } from "../../runtime/models/cache.ts";
import { t } from "../../shared/l10n.ts";
import { servesChildren } from "./node.ts";
import type { LiveRuntime } from "./runtime.ts";

/**
 * The runtime of this installation; its processes start when something is opened.
 * @throws Error where no Node is new enough.
 */
export function createLive(extension: vscode.Uri, log: vscode.LogOutputChannel): LiveRuntime {
  const inside = (...parts: string[]) => join(extension.fsPath, ...parts);
  const { node: nodeVersion, electron: electronVersion } = process.versions;
  const shipped = inside("node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  const own = servesChildren({ nodeVersion, electronVersion });
  if (!own && !existsSync(shipped))
    throw new Error(t("Papertrace needs Node 22.13 or newer, and this editor runs Node {0}.", nodeVersion));
  return new Live({
    cacheDirectory: userCache().root,
    tracerEntry: inside("dist", "tracer.js"),
    sessionEntry: inside("dist", "session.js"),
    ...(own ? {} : { node: shipped }),
    log: line => log.debug(line),
  });
}
