import { basename } from "node:path";
import * as vscode from "vscode";
import {
  type ComparedValue,
  type Comparison,
  describeComparison,
  describeShapes,
} from "../../runtime/compare/pytorch.ts";
import { t } from "../../shared/l10n.ts";
import { writtenDifference } from "../../shared/provider.ts";
import { Disposable } from "../disposable.ts";
import { contextKeys, viewIds } from "../ids.ts";

/** A row: a value with its difference, or the values that could not be compared, and each of them. */
type Row =
  | { readonly kind: "value"; readonly value: ComparedValue; readonly first: boolean }
  | { readonly kind: "left"; readonly left: Comparison["left"] }
  | { readonly kind: "reason"; readonly id: string; readonly reason: string };

/**
 * The tree view "PyTorch": the last comparison, the first value that differs on top, then the largest difference first. A
 * row opens its line of the source.
 */
export class ComparisonView extends Disposable implements vscode.TreeDataProvider<Row> {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<Row>;
  #comparison: Comparison | null = null;

  constructor() {
    super();
    this.#view = this.register(
      vscode.window.createTreeView<Row>(viewIds.comparison, { treeDataProvider: this }),
    );
  }

  /** @param subject what was compared, for the view's title line. */
  async show(comparison: Comparison, subject: string): Promise<void> {
    this.#comparison = comparison;
    this.#view.description = subject;
    this.#view.message = describeComparison(comparison);
    await vscode.commands.executeCommand("setContext", contextKeys.compared, true);
    this.#changed.fire();
    await vscode.commands.executeCommand(`${viewIds.comparison}.focus`);
  }

  getChildren(row?: Row): Row[] {
    if (row) return row.kind === "left" ? row.left.map(each => ({ kind: "reason", ...each }) as const) : [];
    if (!this.#comparison) return [];
    const { values, first, left } = this.#comparison;
    const others = values.filter(value => value !== first).sort((a, b) => b.relative - a.relative);
    return [
      ...(first ? [first, ...others] : others).map(
        value => ({ kind: "value", value, first: value === first }) as const,
      ),
      ...(left.length > 0 ? [{ kind: "left", left } as const] : []),
    ];
  }

  getTreeItem(row: Row): vscode.TreeItem {
    switch (row.kind) {
      case "value":
        return valueItem(row.value, row.first);
      case "left":
        return new vscode.TreeItem(
          t("{0} values not compared", row.left.length),
          vscode.TreeItemCollapsibleState.Collapsed,
        );
      case "reason": {
        const item = new vscode.TreeItem(row.id);
        item.description = row.reason;
        return item;
      }
    }
  }
}

function valueItem(value: ComparedValue, first: boolean): vscode.TreeItem {
  const { id, place, relative, absolute, tolerance, shape, dtype } = value;
  const over = relative > tolerance;
  const shapes = describeShapes(value);
  const item = new vscode.TreeItem(id.replace(/^:/, "") || t("the output"));
  const at = place === null ? null : `${basename(place.file)}:${place.line}`;
  item.description = [shapes ?? writtenDifference(relative), first ? t("the first that differs") : null, at]
    .filter(part => part !== null)
    .join(" · ");
  item.iconPath = over
    ? new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"))
    : new vscode.ThemeIcon("pass");
  item.tooltip = [
    `${id} · ${dtype} [${shape.join(", ")}]`,
    ...(shapes === null
      ? [
          t(
            "Largest difference {0}; relative to its size {1}",
            writtenDifference(absolute),
            writtenDifference(relative),
          ),
          t("Tolerance {0}", tolerance),
        ]
      : [shapes]),
  ].join("\n");
  item.accessibilityInformation = {
    label:
      shapes !== null
        ? t("{0} differs: {1}", id || t("the output"), shapes)
        : over
          ? t("{0} differs by {1}", id || t("the output"), writtenDifference(relative))
          : t("{0} agrees, difference {1}", id || t("the output"), writtenDifference(relative)),
  };
  if (place !== null) {
    const line = Math.max(0, place.line - 1);
    item.command = {
      command: "vscode.open",
      title: t("Open Source"),
      arguments: [
        vscode.Uri.file(place.file),
        { selection: new vscode.Range(line, 0, line, 0), preserveFocus: true },
      ],
    };
  }
  return item;
}
