import * as vscode from "vscode";
import type { CheckpointInfo } from "../../runtime/models/checkpoint.ts";
import type { AddableModel } from "../../runtime/models/registry.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { viewIds } from "../ids.ts";
import type { ModelLibrary } from "./model-library.ts";

/** A row of the view: a model that is here, or one that can be added. */
export type ModelRow =
  | { readonly kind: "present"; readonly model: CheckpointInfo }
  | { readonly kind: "addable"; readonly model: AddableModel };

/** The tree view "Models". */
export class ModelsView extends Disposable implements vscode.TreeDataProvider<ModelRow> {
  static register(context: vscode.ExtensionContext, library: ModelLibrary): void {
    const view = new ModelsView(library);
    context.subscriptions.push(view, vscode.window.registerTreeDataProvider(viewIds.models, view));
  }

  readonly onDidChangeTreeData: vscode.Event<void>;
  readonly #library: ModelLibrary;

  constructor(library: ModelLibrary) {
    super();
    this.#library = library;
    this.onDidChangeTreeData = library.onDidChange;
  }

  async getChildren(row?: ModelRow): Promise<ModelRow[]> {
    if (row) return [];
    const present = await this.#library.list();
    const addable = await this.#library.addable();
    return [
      ...present.map(model => ({ kind: "present", model }) as const),
      ...addable.map(model => ({ kind: "addable", model }) as const),
    ];
  }

  async getTreeItem(row: ModelRow): Promise<vscode.TreeItem> {
    if (row.kind === "addable") return addableItem(row.model);
    const chosen = await this.#library.default().catch(() => null);
    return presentItem(row.model, row.model.folder === chosen?.folder);
  }
}

const ICONS = {
  zoo: "package",
  cache: "database",
  huggingface: "library",
  folder: "folder",
} as const satisfies Record<CheckpointInfo["origin"], string>;

function addableItem(model: AddableModel): vscode.TreeItem {
  const item = new vscode.TreeItem(model.label);
  item.id = model.id;
  item.description = t("{0} · can be added", fileSize(model.file.bytes));
  item.tooltip = t("{0}, licence {1}", model.baseModel, model.licence);
  item.iconPath = new vscode.ThemeIcon("cloud-download");
  item.contextValue = "available";
  return item;
}

function presentItem(model: CheckpointInfo, chosen: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(model.label);
  item.id = model.folder;
  item.contextValue = model.origin === "cache" ? "cached" : "bundled";
  if (model.problem !== null) {
    item.description = t("cannot be used");
    item.tooltip = model.problem;
    item.iconPath = new vscode.ThemeIcon("warning");
    return item;
  }
  const parts = [fileSize(model.bytes), ...(model.precision ? [model.precision] : [])];
  item.description = chosen ? t("default · {0}", parts.join(" · ")) : parts.join(" · ");
  item.tooltip = [model.architecture, model.folder].filter(Boolean).join("\n");
  item.iconPath = new vscode.ThemeIcon(chosen ? "pass-filled" : ICONS[model.origin]);
  return item;
}
