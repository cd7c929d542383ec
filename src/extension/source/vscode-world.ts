import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import * as vscode from "vscode";
import { packageFolders } from "../../runtime/packages/installed.ts";
import type { ModelLibrary } from "../models/model-library.ts";
import { activeSitePackages, findTransformers } from "../runtime/transformers.ts";
import { settings } from "../settings.ts";
import type { Examples } from "./examples.ts";
import { importFolders } from "./import-folders.ts";
import { FRESH_MS, NearbyTexts } from "./nearby-texts.ts";
import { type Neighbours, neighboursOf } from "./neighbours.ts";
import type { ProvenRecipes } from "./proven-recipes.ts";
import { notebookText } from "./python-source.ts";
import type { TargetWorld } from "./target.ts";

/** The editor, its settings and the disk, as far as the choice of a target depends on them. */
export function vscodeWorld(library: ModelLibrary, examples: Examples, proven: ProvenRecipes): TargetWorld {
  const nearby = new NearbyTexts();
  const around = new Map<
    string,
    { readonly text: string; readonly at: number; readonly found: Promise<Neighbours> }
  >();
  return {
    model: id => library.find(id),
    transformers: findTransformers,
    example: (file, className) => examples.of(file, className),
    proven: (file, className) => proven.of(file, className),
    packages,
    async readText(file) {
      const notebook = notebookText(file);
      if (notebook !== null) return notebook;
      const open = vscode.workspace.textDocuments.find(document => document.uri.fsPath === file);
      return open && !open.isDirty ? open.getText() : await readFile(file, "utf8");
    },
    readOptional,
    neighbours: async (file, syntax) => {
      // The library's own models are built from their configurations.
      if (/[\\/]transformers[\\/]/.test(file)) return null;
      const before = around.get(file);
      if (before?.text === syntax.text && Date.now() - before.at < FRESH_MS) return await before.found;
      const folders = await packages(file);
      const found = nearby
        .around(file)
        .then(texts => neighboursOf(file, syntax, { folders, nearby: texts, read: readOptional }));
      around.set(file, { text: syntax.text, at: Date.now(), found });
      if (around.size > KEPT) around.delete(around.keys().next().value!);
      return await found;
    },
    written: notebookText,
    get providers() {
      return settings.providers;
    },
  };
}

/** Files of which it is known what lies around them. */
const KEPT = 16;

async function packages(file: string): Promise<readonly string[]> {
  const uri = vscode.Uri.file(file);
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? null;
  const python = vscode.workspace.getConfiguration("python", uri);
  const listed = (name: string) => {
    const value = python.get<unknown>(name);
    return Array.isArray(value) ? value.filter(path => typeof path === "string") : [];
  };
  return importFolders({
    folder,
    extraPaths: [...listed("analysis.extraPaths"), ...listed("autoComplete.extraPaths")],
    environmentFile: folder === null ? null : await readOptional(join(folder, ".env")),
    pythonPath: process.env.PYTHONPATH,
    separator: delimiter,
    sitePackages: [...(await activeSitePackages(uri)), ...packageFolders()],
  });
}

function readOptional(file: string): Promise<string | null> {
  return readFile(file, "utf8").catch(() => null);
}
