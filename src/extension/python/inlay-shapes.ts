import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { SizeBindings } from "../../shared/size.ts";
import { Disposable } from "../disposable.ts";
import { settingIds } from "../ids.ts";
import { settings } from "../settings.ts";
import { pythonSelector } from "../source/python-source.ts";
import { mainProblem } from "../tracing/source-shapes.ts";
import type { ChosenLayers } from "./chosen-layers.ts";
import { plain, ranIn } from "./hover-text.ts";
import { lineIn, type ShapesOnScreen } from "./screen-shapes.ts";
import { dtypesText, initialsText, type ShapeStyle, shapesText, tracedSizes } from "./shape-text.ts";
import type { ShownPlace } from "./shown-shapes.ts";
import { shownRun, type TracedTensor } from "./traced-source.ts";

/**
 * After so long without a change editors are told once more, ms: while an answer is on its way to one it hears of no change,
 * and would go on showing what was there before.
 */
const TOLD_AGAIN = 1000;

/** Sizes of the last run of a source, for shapes as numbers. */
export interface RunSizes {
  /** Null where no panel ran it. */
  sizesOf(file: string): SizeBindings | null;
  /** Module path of the panel that shows the file; null where none does. */
  shownModule(file: string): string | null;
  readonly onDidChange: vscode.Event<void>;
}

/** Shapes behind the names that a forward assigns, its parameters, and what it returns. Off until asked for. */
export class InlayShapes extends Disposable implements vscode.InlayHintsProvider {
  static register(
    context: vscode.ExtensionContext,
    shapes: ShapesOnScreen,
    layers: ChosenLayers,
    runs: RunSizes,
  ): void {
    const inlay = new InlayShapes(shapes, layers, runs);
    context.subscriptions.push(inlay, vscode.languages.registerInlayHintsProvider(pythonSelector, inlay));
  }

  readonly #shapes: ShapesOnScreen;
  readonly #layers: ChosenLayers;
  readonly #runs: RunSizes;
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  readonly onDidChangeInlayHints = this.#changed.event;
  #again: NodeJS.Timeout | undefined;

  constructor(shapes: ShapesOnScreen, layers: ChosenLayers, runs: RunSizes) {
    super();
    this.#shapes = shapes;
    this.#layers = layers;
    this.#runs = runs;
    const changed = () => {
      this.#changed.fire();
      clearTimeout(this.#again);
      this.#again = setTimeout(() => this.#changed.fire(), TOLD_AGAIN);
    };
    for (const event of [shapes.onDidChange, layers.onDidChange, runs.onDidChange] as vscode.Event<unknown>[])
      this.register(event(changed));
    this.register(
      vscode.workspace.onDidChangeConfiguration(change => {
        if (change.affectsConfiguration(settingIds.inlayShapes)) changed();
      }),
    );
  }

  override dispose(): void {
    clearTimeout(this.#again);
    super.dispose();
  }

  provideInlayHints(document: vscode.TextDocument, range: vscode.Range): vscode.InlayHint[] {
    const style = settings.inlayShapes;
    const shown = style === "off" ? null : this.#shapes.of(document);
    if (style === "off" || shown === null) return [];
    const { source, state, places } = shown;
    const module = this.#runs.shownModule(state.file);
    const layer = this.#layers.of(state.file);
    const sizes = this.#runs.sizesOf(state.file) ?? undefined;
    const problem = mainProblem(state.problems);
    const found = places.flatMap((place): Hint[] => {
      if (place.kind === "call" || place.kind === "module") return [];
      const line = lineIn(source, document, place.kind === "return" ? place.endLine : place.line);
      if (line === null || line < range.start.line || line > range.end.line) return [];
      const column = columnOf(place, document.lineAt(line).text);
      if (column === null) return [];
      const run = shownRun(place.runs, module, layer);
      return [{ place, run, line, column, text: shapesText(run.trace, run.values, style, sizes) }];
    });
    const most = vscode.workspace.getConfiguration("editor", document).get("inlayHints.maximumLength", 0);
    return fitting(together(found), style, most).map(hint => hintOf(hint, problem?.message));
  }
}

interface Hint {
  readonly place: ShownPlace;
  readonly run: TracedTensor;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  /** How many names of one assignment it stands for, where that is more than one. */
  readonly names?: number;
}

/** Names that one statement gives the same shape have it once, behind the last: a line has little room for hints. */
function together(hints: readonly Hint[]): readonly Hint[] {
  const groups = new Map<string, Hint>();
  for (const hint of hints) {
    const { kind, place } = hint.place;
    const own = kind === "variable" ? `${place.column} ${place.endColumn} ${hint.text}` : `${hint.column}`;
    const key = `${kind} ${hint.line} ${own}`;
    const known = groups.get(key);
    const last = known && known.column > hint.column ? known : hint;
    groups.set(key, known ? { ...last, names: (known.names ?? 1) + 1 } : hint);
  }
  return [...groups.values()];
}

/**
 * Of a line whose hints the editor would cut off, initials instead of names.
 * @param most characters of hints in a line; 0 where there is no limit.
 */
function fitting(
  hints: readonly Hint[],
  style: ShapeStyle,
  most: number,
): readonly (Hint & { readonly style: ShapeStyle })[] {
  const lengths = new Map<number, number>();
  for (const hint of hints)
    lengths.set(hint.line, (lengths.get(hint.line) ?? 0) + labelOf(hint.place, hint.text, hint.names).length);
  return hints.map(hint =>
    style === "names" && most > 0 && lengths.get(hint.line)! > most
      ? { ...hint, text: shapesText(hint.run.trace, hint.run.values, "initials"), style: "initials" }
      : { ...hint, style },
  );
}

/** One quiet sign says that a shape is of an earlier text; why, the tooltip. */
function labelOf({ kind, stale }: ShownPlace, text: string, names: number | undefined): string {
  const shape = names === undefined ? text : t("each {0}", text);
  return `${kind === "return" ? "→ " : ""}${shape}${stale ? "?" : ""}`;
}

function hintOf(
  { place, run, line, column, text, names, style }: Hint & { readonly style: ShapeStyle },
  problem: string | undefined,
): vscode.InlayHint {
  const hint = new vscode.InlayHint(new vscode.Position(line, column), labelOf(place, text, names));
  hint.paddingLeft = true;
  hint.tooltip = tooltip(place, run, style, problem);
  return hint;
}

/** Column in UTF-16 code units behind which the shape stands; null where the line no longer says it. */
function columnOf({ kind, name, place }: ShownPlace, text: string): number | null {
  if (kind === "return") return text.trimEnd().length;
  const points = [...text];
  const start = points.slice(0, place.column).join("").length;
  if (kind === "parameter") return name !== null && text.startsWith(name, start) ? start + name.length : null;
  const escaped = (name ?? "").replaceAll(".", "\\s*\\.\\s*");
  const found = new RegExp(`(?<![\\w.])${escaped}(?!\\w)`).exec(text.slice(start));
  return found ? start + found.index + found[0].length : null;
}

function tooltip(
  place: ShownPlace,
  { trace, values, module }: TracedTensor,
  style: ShapeStyle,
  problem: string | undefined,
): vscode.MarkdownString {
  const sizes = tracedSizes(trace);
  const lines = [
    [place.name ?? t("returned"), dtypesText(trace, values), ranIn(module, trace.class)].join(" · "),
    ...(style === "initials" ? [`${shapesText(trace, values, "names")} · ${initialsText(trace)}`] : []),
    ...(sizes === "" ? [] : [t("Traced with {0}; nothing was run.", sizes)]),
    ...(place.stale ? [t("From the last version that could be traced.")] : []),
    ...(place.stale && problem !== undefined ? [problem] : []),
  ];
  return new vscode.MarkdownString(lines.map(plain).join("\n\n"));
}
