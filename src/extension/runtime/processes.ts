import { existsSync } from "node:fs";
import { join } from "node:path";
import type * as vscode from "vscode";
import type { CheckpointProcessOptions } from "../../runtime/checkpoint/process.ts";
import { Live } from "../../runtime/live/live.ts";
import { userCache } from "../../runtime/models/cache.ts";
import type { IndexProcessOptions } from "../../runtime/paper/process.ts";
import { t } from "../../shared/l10n.ts";
import { servesChildren } from "./node.ts";
import type { LiveRuntime } from "./runtime.ts";

/**
 * The runtime of this installation; its processes start when something is opened.
 * @throws Error where no Node is new enough.
 */
export function createLive(extension: vscode.Uri, log: vscode.LogOutputChannel): LiveRuntime {
  return new Live({
    cacheDirectory: userCache().root,
    tracerEntry: join(extension.fsPath, "dist", "tracer.js"),
    sessionEntry: join(extension.fsPath, "dist", "session.js"),
    recogniserEntry: join(extension.fsPath, "dist", "recogniser.js"),
    ...nodeOf(extension),
    log: line => log.debug(line),
  });
}

/**
 * How the process that reads checkpoints is started.
 * @throws Error where no Node is new enough.
 */
export function readerOptions(extension: vscode.Uri, log: vscode.LogOutputChannel): CheckpointProcessOptions {
  return {
    entry: join(extension.fsPath, "dist", "checkpoint-reader.js"),
    ...nodeOf(extension),
    log: line => log.debug(line),
  };
}

/**
 * How the process that indexes papers and sources is started.
 * @throws Error where no Node is new enough.
 */
export function indexOptions(extension: vscode.Uri, log: vscode.LogOutputChannel): IndexProcessOptions {
  return {
    cache: userCache().papers,
    entry: join(extension.fsPath, "dist", "paper-index.js"),
    ...nodeOf(extension),
    log: line => log.debug(line),
  };
}

/** The Node that child processes run on: this one, or the one that is shipped. */
function nodeOf(extension: vscode.Uri): { readonly node?: string } {
  const { node: nodeVersion, electron: electronVersion } = process.versions;
  const shipped = join(
    extension.fsPath,
    "node_modules",
    "node",
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  const own = servesChildren({ nodeVersion, electronVersion });
  if (!own && !existsSync(shipped))
    throw new Error(
      t(
        "Papertrace needs Node 22.13 or newer, and this editor runs Node {0}. Update the editor, or install Papertrace's package for this platform.",
        nodeVersion,
      ),
    );
  return own ? {} : { node: shipped };
}
