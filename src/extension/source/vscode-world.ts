import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import type { ModelLibrary } from "../models/model-library.ts";
import { findTransformers } from "../runtime/transformers.ts";
import { settings } from "../settings.ts";
import { readExample } from "./examples.ts";
import type { TargetWorld } from "./target.ts";

/** The editor, its settings and the disk, as far as the choice of a target depends on them. */
export function vscodeWorld(library: ModelLibrary): TargetWorld {
  return {
    model: id => library.find(id),
    transformers: findTransformers,
    example: readExample,
    async readText(file) {
      const open = vscode.workspace.textDocuments.find(document => document.uri.fsPath === file);
      return open && !open.isDirty ? open.getText() : await readFile(file, "utf8");
    },
    readOptional: file => readFile(file, "utf8").catch(() => null),
    get providers() {
      return settings.providers;
    },
  };
}
