import * as vscode from "vscode";
import type { CheckpointInfo } from "../../runtime/models/checkpoint.ts";
import type { AddableModel } from "../../runtime/models/registry.ts";
import type { InstalledPackage } from "../../runtime/packages/installed.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { viewIds } from "../ids.ts";
import type { PackageLibrary } from "../packages/package-library.ts";
import type { ModelLibrary } from "./model-library.ts";

/** A model that is here, or one that can be added. */
export type ModelRow =
  | { readonly kind: "present"; readonly model: CheckpointInfo }
  | { readonly kind: "addable"; readonly model: AddableModel };

/** A Python package that was got for traces, and the row over all of them. */
export type PackageRow =
  | { readonly kind: "package"; readonly package: InstalledPackage }
  | { readonly kind: "packages"; readonly count: number };

type Row = ModelRow | PackageRow;

/** The tree view "Models", with what else was brought onto this machine. */
export class ModelsView extends Disposable implements vscode.TreeDataProvider<Row> {
  static register(context: vscode.ExtensionContext, library: ModelLibrary, packages: PackageLibrary): void {
    const view = new ModelsView(library, packages);
    context.subscriptions.push(view, vscode.window.registerTreeDataProvider(viewIds.models, view));
  }

  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #library: ModelLibrary;
  readonly #packages: PackageLibrary;

  constructor(library: ModelLibrary, packages: PackageLibrary) {
    super();
    this.#library = library;
    this.#packages = packages;
    for (const { onDidChange } of [library, packages]) this.register(onDidChange(() => this.#changed.fire()));
  }

  async getChildren(row?: Row): Promise<Row[]> {
    const packages = await this.#packages.list();
    if (row?.kind === "packages") return packages.map(each => ({ kind: "package", package: each }) as const);
    if (row) return [];
    const present = await this.#library.list();
    const addable = await this.#library.addable();
    return [
      ...present.map(model => ({ kind: "present", model }) as const),
      ...addable.map(model => ({ kind: "addable", model }) as const),
      ...(packages.length > 0 ? [{ kind: "packages", count: packages.length } as const] : []),
    ];
  }

  async getTreeItem(row: Row): Promise<vscode.TreeItem> {
    if (row.kind === "packages") return packagesItem(row.count);
    if (row.kind === "package") return packageItem(row.package);
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

function packagesItem(count: number): vscode.TreeItem {
  const item = new vscode.TreeItem(t("Python packages"), vscode.TreeItemCollapsibleState.Expanded);
  item.id = "packages";
  item.description = String(count);
  item.tooltip = t("Got for traces with “Get a Python Package…”; no Python environment has them.");
  item.contextValue = "packages";
  return item;
}

function packageItem({ name, version, folder, about, bytes }: InstalledPackage): vscode.TreeItem {
  const item = new vscode.TreeItem(`${name} ${version}`);
  item.id = folder;
  item.description = [fileSize(bytes), about.licence].filter(Boolean).join(" · ");
  item.tooltip = [about.summary, folder].filter(Boolean).join("\n");
  item.iconPath = new vscode.ThemeIcon("symbol-namespace");
  item.contextValue = "package";
  return item;
}

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
