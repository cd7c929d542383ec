import { basename } from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { componentOfClass } from "../../shared/linking/index.ts";
import { findComponent } from "../catalogue.ts";
import type { ComponentPanels } from "../component/component-panels.ts";
import { initialState } from "../component/initial-state.ts";
import { commandIds } from "../ids.ts";
import { classAt } from "../source/class-at.ts";
import { moduleClasses, outline, type PythonClass } from "../source/outline.ts";
import { sourceLine, sourceOf, unsavedText } from "../source/python-source.ts";
import { syntaxOf } from "../source/syntax.ts";
import { noModule, rootClass, type TargetWorld } from "../source/target.ts";
import { requireTrust } from "../trust.ts";
import { pickComponent } from "./pick-component.ts";
import { registerCommand } from "./register.ts";
import { showSource } from "./show-source.ts";

/** A class of a file; with a component, the first place in the model that is this component. */
const targetSchema = v.object({
  file: v.string(),
  class: v.string(),
  component: v.optional(v.string()),
  layer: v.optional(v.number()),
});

/** Opening panels: for a component, for a class of a file; and the source behind a panel. */
export function registerComponentCommands(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  panels: ComponentPanels,
  world: TargetWorld,
  background: { cancel(): void },
): void {
  registerCommand(context, log, commandIds.openComponent, async (asked?: unknown) => {
    const id =
      typeof asked === "string" && findComponent(asked) ? asked : await pickComponent(t("Open Component"));
    if (id !== null && requireTrust()) panels.open(initialState(id));
  });
  registerCommand(context, log, commandIds.runLive, async (asked?: unknown) => {
    const given = v.safeParse(targetSchema, asked);
    const target = given.success ? given.output : await classUnderCursor();
    if (target === null || !requireTrust()) return;
    const root = await rootClass(target.file, target.class, unsavedText(), world);
    const source = { file: target.file, class: root };
    if (target.component !== undefined) panels.open(initialState(target.component, source));
    // A class that no component is named after is known by its own name until its structure has been seen.
    else
      panels.open(
        initialState(componentOfClass(target.class) ?? target.class, source),
        target.class,
        target.layer ?? null,
      );
  });
  registerCommand(context, log, commandIds.openSource, async () => {
    const source = panels.current?.document?.source;
    if (source) await showSource({ file: source.file, line: source.line, column: 0 }, panels.current?.panel);
  });
  registerCommand(context, log, commandIds.cancel, () => {
    for (const panel of panels.all) panel.cancel();
    background.cancel();
  });
}

/** The module class that the cursor is in, or one that the reader picks. */
async function classUnderCursor(): Promise<v.InferOutput<typeof targetSchema> | null> {
  const editor = vscode.window.activeTextEditor;
  const source = editor && sourceOf(editor.document);
  if (!editor || !source) {
    void vscode.window.showInformationMessage(t("Open a Python file to run its modules live."));
    return null;
  }
  const syntax = syntaxOf(source.file, source.text);
  const classes = moduleClasses(outline(syntax));
  if (classes.length === 0) {
    void vscode.window.showInformationMessage(noModule(basename(editor.document.uri.path)));
    return null;
  }
  const chosen =
    classAt(syntax, sourceLine(source, editor.document, editor.selection.active.line)) ??
    (await pickClass(classes));
  return chosen ? { file: source.file, class: chosen.name } : null;
}

async function pickClass(classes: readonly PythonClass[]): Promise<PythonClass | undefined> {
  const items = classes.map(entry => ({
    label: entry.name,
    description: t("line {0}", entry.line + 1),
    entry,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: t("Run Live"),
    placeHolder: t("Class to run"),
  });
  return chosen?.entry;
}
