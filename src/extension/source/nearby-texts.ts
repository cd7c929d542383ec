import { readFile, stat } from "node:fs/promises";
import { dirname, relative } from "node:path";
import * as vscode from "vscode";
import type { NearbyText } from "./neighbours.ts";

/** Files of a workspace that are read, at most, and how long one of them may be. */
const MOST_FILES = 300;
const LONGEST_BYTES = 200_000;

/** What has just been read is not read again while someone types. */
export const FRESH_MS = 20_000;

const KINDS = "**/*.{py,md,json}";
const NEVER = "**/{node_modules,.git,.venv,venv,site-packages,__pycache__,build,dist,.papertrace}/**";

/** Texts of the workspace around files: sources, READMEs and settings, nearest first. */
export class NearbyTexts {
  readonly #known = new Map<
    string,
    { readonly at: number; readonly texts: Promise<readonly NearbyText[]> }
  >();

  async around(file: string): Promise<readonly NearbyText[]> {
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file));
    if (!folder) return [];
    const key = folder.uri.fsPath;
    const before = this.#known.get(key);
    const fresh =
      before && Date.now() - before.at < FRESH_MS ? before : { at: Date.now(), texts: read(folder) };
    this.#known.set(key, fresh);
    const steps = ({ path }: NearbyText) => relative(dirname(file), path).split(/[\\/]/).length;
    return (await fresh.texts).toSorted((a, b) => steps(a) - steps(b));
  }
}

async function read(folder: vscode.WorkspaceFolder): Promise<readonly NearbyText[]> {
  const found = await vscode.workspace.findFiles(
    new vscode.RelativePattern(folder, KINDS),
    new vscode.RelativePattern(folder, NEVER),
    MOST_FILES,
  );
  const texts = await Promise.all(
    found.map(async ({ fsPath }) => {
      const text = await textOf(fsPath).catch(() => null);
      return text === null ? [] : [{ path: fsPath, text }];
    }),
  );
  return texts.flat();
}

/** Null for a file that is too long, such as a dataset: it is not even opened. */
async function textOf(path: string): Promise<string | null> {
  return (await stat(path)).size > LONGEST_BYTES ? null : await readFile(path, "utf8");
}
