import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { OutlinedComponent, OutlinedSection } from "../../shared/protocol/paper-context.ts";
import { componentName } from "../catalogue.ts";
import { Disposable } from "../disposable.ts";
import { commandIds, contextKeys, viewIds } from "../ids.ts";
import type { PaperEditors } from "./paper-editors.ts";

/** A row of the view: a section, or a component of one. */
export type OutlineRow =
  | { readonly kind: "section"; readonly section: OutlinedSection }
  | { readonly kind: "component"; readonly component: OutlinedComponent };

/** The view “In This Paper”: the components of the paper in front, section by section, with their counts. */
export class PaperOutlineView extends Disposable implements vscode.TreeDataProvider<OutlineRow> {
  static register(context: vscode.ExtensionContext, papers: PaperEditors): void {
    const outline = new PaperOutlineView(papers);
    context.subscriptions.push(outline);
  }

  readonly #papers: PaperEditors;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(papers: PaperEditors) {
    super();
    this.#papers = papers;
    const view = this.register(
      vscode.window.createTreeView<OutlineRow>(viewIds.paperOutline, {
        treeDataProvider: this,
        showCollapseAll: true,
      }),
    );
    const show = () => {
      const { current } = papers;
      view.description = current?.name ?? "";
      view.message =
        current && current.outline.length === 0
          ? t("No component of the catalogue is mentioned.")
          : undefined;
      void vscode.commands.executeCommand("setContext", contextKeys.paperOpen, current !== undefined);
      this.#changed.fire();
    };
    this.register(papers.onDidChange(show));
  }

  getChildren(row?: OutlineRow): OutlineRow[] {
    if (row?.kind === "component") return [];
    if (row) return row.section.components.map(component => ({ kind: "component", component }));
    const sections = this.#papers.current?.outline ?? [];
    return sections.flatMap<OutlineRow>(section =>
      section.title === null
        ? section.components.map(component => ({ kind: "component", component }) as const)
        : [{ kind: "section", section }],
    );
  }

  getTreeItem(row: OutlineRow): vscode.TreeItem {
    return row.kind === "section" ? sectionItem(row.section) : componentItem(row.component);
  }
}

function sectionItem({ title, components }: OutlinedSection): vscode.TreeItem {
  const item = new vscode.TreeItem(title ?? "", vscode.TreeItemCollapsibleState.Expanded);
  const names = components.map(({ component }) => componentName(component));
  item.accessibilityInformation = { label: t("Section {0}: {1}", title ?? "", names.join(", ")) };
  return item;
}

function componentItem({ component, count, page, start }: OutlinedComponent): vscode.TreeItem {
  const name = componentName(component);
  const item = new vscode.TreeItem(name);
  const mentions = count === 1 ? t("1 mention") : t("{0} mentions", count);
  item.description = String(count);
  item.tooltip = t("{0}: {1}, here first on page {2}", name, mentions, page);
  item.accessibilityInformation = { label: item.tooltip };
  item.iconPath = new vscode.ThemeIcon("symbol-misc");
  item.command = {
    title: t("Go to Mention"),
    command: commandIds.goToMention,
    arguments: [{ component, page, start, sentence: null }],
  };
  return item;
}
