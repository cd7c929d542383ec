import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { Disposable } from "../disposable.ts";
import { settingIds } from "../ids.ts";
import { settings } from "../settings.ts";
import { lineIn, type ScreenShapes, type ShapesOnScreen } from "./screen-shapes.ts";

/** A mark in the gutter beside lines that the trace went through; a hollow one where it is of an earlier text. */
export class GutterMarks extends Disposable {
  readonly #shapes: ShapesOnScreen;
  readonly #ran: vscode.TextEditorDecorationType;
  readonly #stale: vscode.TextEditorDecorationType;

  constructor(extension: vscode.Uri, shapes: ShapesOnScreen) {
    super();
    this.#shapes = shapes;
    const icon = (name: string, theme: string) =>
      vscode.Uri.joinPath(extension, "media", "icons", `${name}-${theme}.svg`);
    const mark = (name: string) =>
      this.register(
        vscode.window.createTextEditorDecorationType({
          light: { gutterIconPath: icon(name, "light") },
          dark: { gutterIconPath: icon(name, "dark") },
          gutterIconSize: "contain",
        }),
      );
    this.#ran = mark("line-ran");
    this.#stale = mark("line-stale");
    this.register(shapes.onDidChange(() => this.#update()));
    this.register(vscode.window.onDidChangeVisibleTextEditors(() => this.#update()));
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (change.affectsConfiguration(settingIds.gutter)) this.#update();
      }),
    );
    this.#update();
  }

  #update(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const shown =
        settings.gutter && editor.document.languageId === "python" ? this.#shapes.of(editor.document) : null;
      editor.setDecorations(this.#ran, shown ? marks(shown, editor.document, false) : []);
      editor.setDecorations(this.#stale, shown ? marks(shown, editor.document, true) : []);
    }
  }
}

function marks(
  { places, source }: ScreenShapes,
  document: vscode.TextDocument,
  stale: boolean,
): vscode.DecorationOptions[] {
  const lines = new Set<number>();
  for (const place of places)
    if (place.stale === stale)
      for (let line = place.line; line <= place.endLine; line++) {
        const own = lineIn(source, document, line);
        if (own !== null) lines.add(own);
      }
  const hoverMessage = stale ? t("Ran in the last version that could be traced") : t("Ran in the trace");
  return [...lines].map(line => ({ range: new vscode.Range(line, 0, line, 0), hoverMessage }));
}
