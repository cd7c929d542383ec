import * as vscode from "vscode";
import { component } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { SourceMention } from "../../shared/linking/index.ts";
import { isProse } from "../../shared/python/index.ts";
import { findComponent, words } from "../catalogue.ts";
import { commandIds } from "../ids.ts";
import { signalOf } from "../progress.ts";
import { settings } from "../settings.ts";
import { classAt } from "../source/class-at.ts";
import { explanation, type HoverLink, links, numbers } from "./hover-text.ts";
import type { HoveredValue } from "./hovered-value.ts";
import type { PanelValues } from "./panel-values.ts";
import type { PythonReadings } from "./python-readings.ts";

/** Explains a component where its source names it; after a run, shows the numbers of the value under the pointer. */
export class ComponentHover implements vscode.HoverProvider {
  static register(
    context: vscode.ExtensionContext,
    values: PanelValues,
    readings: PythonReadings,
    log: vscode.LogOutputChannel,
  ): void {
    const hover = new ComponentHover(values, readings, log);
    context.subscriptions.push(
      vscode.languages.registerHoverProvider({ language: "python", scheme: "*" }, hover),
    );
  }

  readonly #values: PanelValues;
  readonly #readings: PythonReadings;
  readonly #log: vscode.LogOutputChannel;

  constructor(values: PanelValues, readings: PythonReadings, log: vscode.LogOutputChannel) {
    this.#values = values;
    this.#readings = readings;
    this.#log = log;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    if (!settings.hover || token.isCancellationRequested) return undefined;
    const range = document.getWordRangeAtPosition(position, /[A-Za-z_]\w*/);
    const reading = this.#readings.of(document);
    if (!range || !reading) return undefined;
    const { line, character } = range.start;
    if (isProse(reading.syntax, (reading.syntax.lineStarts[line] ?? 0) + character)) return undefined;
    const mention = reading.mentions.find(each => each.line === line + 1 && each.column === character);
    const value = await this.#valueAt(document, range, signalOf(token));
    if (token.isCancellationRequested || (!mention && !value)) return undefined;
    const text = new vscode.MarkdownString(undefined, true);
    text.isTrusted = { enabledCommands: [commandIds.runLive, commandIds.findInPaper] };
    text.appendMarkdown(value ? numbers(value) : explanation(component(mention!.component), words));
    const runs = classAt(reading.syntax, line);
    const rows = links(linksFor(document.uri.fsPath, runs?.name, mention, value));
    if (rows !== "") text.appendMarkdown(`\n\n${rows}`);
    return new vscode.Hover(text, range);
  }

  async #valueAt(
    document: vscode.TextDocument,
    range: vscode.Range,
    signal: AbortSignal,
  ): Promise<HoveredValue | null> {
    const before = document.lineAt(range.start.line).text.slice(0, range.start.character);
    const pointed = {
      file: document.uri.fsPath,
      line: range.start.line + 1,
      column: [...before].length,
      word: document.getText(range),
    };
    try {
      return await this.#values.at(pointed, document.getText(), signal);
    } catch (error) {
      if (!signal.aborted) this.#log.debug(`hover: ${String(error)}`);
      return null;
    }
  }
}

function linksFor(
  file: string,
  className: string | undefined,
  mention: SourceMention | undefined,
  value: HoveredValue | null,
): readonly HoverLink[] {
  const component = mention?.kind === "class" ? undefined : mention?.component;
  const links: HoverLink[] = [];
  if (className !== undefined) {
    const argument = { file, class: className, ...(component ? { component } : {}) };
    links.push({ title: t("Run live"), command: commandIds.runLive, argument });
  }
  const named = mention?.component ?? (value && findComponent(value.component)?.id);
  if (named) links.push({ title: t("Find in paper"), command: commandIds.findInPaper, argument: named });
  return links;
}
