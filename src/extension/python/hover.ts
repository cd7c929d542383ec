import * as vscode from "vscode";
import { type ComponentId, component } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { SourceMention } from "../../shared/linking/python.ts";
import { isProse } from "../../shared/python/index.ts";
import type { TracedParameter } from "../../shared/trace.ts";
import { findComponent, words } from "../catalogue.ts";
import { commandIds } from "../ids.ts";
import { signalOf } from "../progress.ts";
import { settings } from "../settings.ts";
import { classAt } from "../source/class-at.ts";
import {
  anyPython,
  type PythonSource,
  sourceLine,
  sourceOf,
  untracedSource,
} from "../source/python-source.ts";
import { mainProblem } from "../tracing/source-shapes.ts";
import type { ChosenLayers } from "./chosen-layers.ts";
import {
  explanation,
  type HoveredShape,
  type HoverLink,
  links,
  numbers,
  ranIn,
  recognised,
  shapes,
} from "./hover-text.ts";
import type { HoveredValue } from "./hovered-value.ts";
import type { PanelValues } from "./panel-values.ts";
import { type PointedPlace, placeAt } from "./pointed-place.ts";
import type { PythonReadings } from "./python-readings.ts";
import { parametersOf, type ScreenShapes, type ShapesOnScreen } from "./screen-shapes.ts";
import { dtypesText, shapesText, shapeText, tracedSizes } from "./shape-text.ts";
import type { ShownPlace } from "./shown-shapes.ts";
import { type Recognition, StructuralNames } from "./structural-names.ts";
import { layerIn, layersOf, shownRun } from "./traced-source.ts";

/** What hovers may run. */
const COMMANDS = [
  commandIds.runLive,
  commandIds.findInPaper,
  commandIds.chooseLayer,
  commandIds.editExample,
  commandIds.goToWeight,
];

/**
 * Explains a component where its source names it; shows the shape of what is under the pointer as soon as the file is
 * traced, and after a run its numbers.
 */
export class ComponentHover implements vscode.HoverProvider {
  static register(
    context: vscode.ExtensionContext,
    values: PanelValues,
    screen: ShapesOnScreen,
    layers: ChosenLayers,
    readings: PythonReadings,
    recognition: Recognition,
    log: vscode.LogOutputChannel,
  ): void {
    const names = new StructuralNames(recognition);
    const hover = new ComponentHover(values, screen, layers, readings, names, log);
    const read = () => {
      for (const { document } of vscode.window.visibleTextEditors)
        for (const trace of screen.stateOf(document)?.current?.shapes.traces ?? [])
          names.read(trace).catch(error => log.warn(`recognition: ${String(error)}`));
    };
    context.subscriptions.push(
      screen.onDidChange(read),
      vscode.languages.registerHoverProvider(anyPython, hover),
    );
  }

  readonly #values: PanelValues;
  readonly #screen: ShapesOnScreen;
  readonly #layers: ChosenLayers;
  readonly #readings: PythonReadings;
  readonly #names: StructuralNames;
  readonly #log: vscode.LogOutputChannel;

  constructor(
    values: PanelValues,
    screen: ShapesOnScreen,
    layers: ChosenLayers,
    readings: PythonReadings,
    names: StructuralNames,
    log: vscode.LogOutputChannel,
  ) {
    this.#values = values;
    this.#screen = screen;
    this.#layers = layers;
    this.#readings = readings;
    this.#names = names;
    this.#log = log;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    if (!settings.hover || token.isCancellationRequested) return undefined;
    const reading = this.#readings.of(document);
    if (!reading) return undefined;
    const traced = sourceOf(document);
    const source = traced ?? untracedSource(document);
    const word = document.getWordRangeAtPosition(position, /[A-Za-z_]\w*/);
    const range = word ?? new vscode.Range(position, position.translate(0, 1));
    const line = sourceLine(source, document, range.start.line);
    const { character } = range.start;
    if (isProse(reading.syntax, (reading.syntax.lineStarts[line] ?? 0) + character)) return undefined;
    const mention = word && this.#readings.mentionAt(document, word.start);
    const pointed = pointedAt(document, range, line, word !== undefined);
    const value = traced && word ? await this.#valueAt(source, pointed, signalOf(token)) : null;
    if (token.isCancellationRequested) return undefined;
    const screen = this.#screen.of(document);
    const place = screen && placeAt(screen.pointable, pointed);
    const weights = parametersOf(screen, source, line, place, this.#layers.of(source.file));
    if (!mention && !value && !place && weights.length === 0) return undefined;
    const seen = place && this.#recognised(source.file, place, mention?.component);
    const named = seen ?? mention?.component;
    const parts = [
      ...(value
        ? [numbers(value)]
        : place
          ? [shapes(this.#shapeOf(screen!, place))]
          : this.#made(source, weights)),
      ...(mention && !value ? [explanation(component(named ?? mention.component), words)] : []),
      ...(seen && (!mention || value) ? [recognised(component(seen), words)] : []),
    ];
    const runs = traced && classAt(reading.syntax, line);
    const rows = links(this.#links(source, runs?.name, mention, named, value, weights, place));
    const text = new vscode.MarkdownString(parts.join("\n\n"), true);
    text.isTrusted = { enabledCommands: COMMANDS };
    if (rows !== "") text.appendMarkdown(`\n\n${rows}`);
    return new vscode.Hover(text, range);
  }

  #shapeOf({ state }: ScreenShapes, place: ShownPlace): HoveredShape {
    const text = place.stale ? state.earlier : (state.current ?? state.earlier);
    const run = shownRun(place.runs, this.#values.shownModule(state.file), this.#layers.of(state.file));
    const { trace, values, module } = run;
    const origin = text?.shapes.origins.get(trace.class);
    const sizes = tracedSizes(trace);
    const problem = mainProblem(state.problems);
    const notes = [
      ranIn(module, trace.class),
      ...(origin ? [t("built with {0}", origin)] : []),
      ...(sizes === "" ? [] : [t("traced with {0}; nothing was run", sizes)]),
      ...(place.stale ? [t("stale: from the last version that could be traced")] : []),
      ...(place.stale && problem ? [problem.message] : []),
    ];
    return {
      name: place.name ?? t("returned"),
      shape: shapesText(trace, values, "names"),
      dtype: dtypesText(trace, values),
      notes,
    };
  }

  /** What a place is by structure, in the layer that is shown. */
  #recognised(file: string, place: ShownPlace, named?: ComponentId): ComponentId | null {
    const run = shownRun(place.runs, this.#values.shownModule(file), this.#layers.of(file));
    return this.#names.of(place, run, named);
  }

  /** The parameters that a line makes, in the chosen layer or the first. */
  #made({ file }: PythonSource, weights: readonly TracedParameter[]): readonly string[] {
    const layers = weights.map(({ name }) => layerIn(name));
    const chosen = this.#layers.of(file);
    const layer = layers.includes(chosen) ? chosen : (layers[0] ?? null);
    return weights
      .filter(({ name }) => layerIn(name) === layer)
      .slice(0, MOST_LISTED)
      .map(({ name, shape, dtype }) => shapes({ name, shape: shapeText(shape, "names"), dtype, notes: [] }));
  }

  async #valueAt(
    { file, tracedText }: PythonSource,
    pointed: PointedPlace,
    signal: AbortSignal,
  ): Promise<HoveredValue | null> {
    try {
      return await this.#values.at(file, tracedText, pointed, signal);
    } catch (error) {
      if (!signal.aborted) this.#log.debug(`hover: ${String(error)}`);
      return null;
    }
  }

  #links(
    { file }: PythonSource,
    className: string | undefined,
    mention: SourceMention | undefined,
    name: ComponentId | undefined,
    value: HoveredValue | null,
    weights: readonly TracedParameter[],
    place: ShownPlace | null,
  ): readonly HoverLink[] {
    const found: HoverLink[] = [];
    const component = mention?.kind === "class" ? undefined : mention && name;
    const numbered = place ? layersOf(place.runs) : [];
    if (className !== undefined) {
      const chosen = this.#layers.of(file);
      const layer = numbered.length > 1 ? (numbered.find(each => each === chosen) ?? numbered[0]) : undefined;
      const argument = {
        file,
        class: className,
        ...(component ? { component } : {}),
        ...(layer === undefined ? {} : { layer }),
      };
      const title = layer === undefined ? t("Run live") : t("Run live · layer {0}", layer);
      found.push({ title, command: commandIds.runLive, argument });
    }
    if (numbered.length > 1)
      found.push({
        title: t("Choose layer"),
        command: commandIds.chooseLayer,
        argument: { file, layers: numbered },
      });
    const named = name ?? (value && findComponent(value.component)?.id);
    if (named) found.push({ title: t("Find in paper"), command: commandIds.findInPaper, argument: named });
    if (weights.length > 0)
      found.push({
        title: t("Go to weight"),
        command: commandIds.goToWeight,
        argument: { file, names: weights.slice(0, MOST_WEIGHTS).map(({ name }) => name) },
      });
    if (place && !value && className !== undefined)
      found.push({ title: t("Edit example"), command: commandIds.editExample, argument: { file } });
    return found;
  }
}

/** Parameters of one line that are written out. */
const MOST_LISTED = 4;

/** A line in a repeated layer stands for one tensor of each. */
const MOST_WEIGHTS = 200;

function pointedAt(
  document: vscode.TextDocument,
  range: vscode.Range,
  line: number,
  isWord: boolean,
): PointedPlace {
  const text = document.lineAt(range.start.line).text;
  const column = [...text.slice(0, range.start.character)].length;
  return { line: line + 1, column, word: isWord ? document.getText(range) : "", text };
}
