import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { type ArxivId, arxivIdOf } from "../../shared/papers/index.ts";
import type {
  EquationSymbol,
  Implementations,
  PaperModel,
  SymbolValue,
} from "../../shared/protocol/paper-context.ts";
import { componentName } from "../catalogue.ts";
import type { ChosenModel, ClosestModel } from "./closest-model.ts";
import type { PaperIndex } from "./paper-index.ts";
import { type LocatedPlace, placeLabel, type SourceIndex } from "./source-index.ts";
import type { SymbolValues } from "./symbol-values.ts";

/** Lines that a card lists; all of them are a list to choose from. */
const LISTED = 4;

/** What leads from a paper to the rest of the workspace: sources, models, and values. */
export class PaperContext {
  readonly #index: PaperIndex;
  readonly #sources: SourceIndex;
  readonly #models: ClosestModel;
  readonly #symbols: SymbolValues;
  readonly #openPlace: (place: LocatedPlace, beside: vscode.WebviewPanel) => Promise<void>;

  constructor(
    index: PaperIndex,
    sources: SourceIndex,
    models: ClosestModel,
    symbols: SymbolValues,
    openPlace: (place: LocatedPlace, beside: vscode.WebviewPanel) => Promise<void>,
  ) {
    this.#index = index;
    this.#sources = sources;
    this.#models = models;
    this.#symbols = symbols;
    this.#openPlace = openPlace;
  }

  async implementations(component: string): Promise<Implementations> {
    const { origin, places } = await this.#sources.of(component);
    const listed = places.slice(0, LISTED).map(place => ({ label: placeLabel(place), text: place.text }));
    return { origin, places: listed, total: places.length };
  }

  /** @param index of the place; null lets the reader choose, if there is a choice. */
  async openImplementation(
    component: string,
    index: number | null,
    beside: vscode.WebviewPanel,
  ): Promise<void> {
    const { places } = await this.#sources.of(component);
    const place = index === null ? await pickPlace(componentName(component), places) : places[index];
    if (place) await this.#openPlace(place, beside);
  }

  /** The model that panels show which are opened from a paper. */
  async model(uri: vscode.Uri): Promise<ChosenModel | null> {
    return await this.#models.of(this.#index.of(uri));
  }

  /** The paper on arXiv that a link in a paper cites; null where it leads elsewhere, or to what describes this one. */
  cited(uri: vscode.Uri, url: string): ArxivId | null {
    const cited = /\barxiv\b/i.test(url) ? arxivIdOf(url) : null;
    return cited?.id === this.#index.of(uri)?.arxiv?.id ? null : cited;
  }

  async shownModel(uri: vscode.Uri): Promise<PaperModel | null> {
    const model = await this.model(uri);
    return model && { label: model.label, reason: model.reason };
  }

  async symbol(uri: vscode.Uri, component: string, symbol: EquationSymbol): Promise<SymbolValue> {
    if (!vscode.workspace.isTrusted)
      return { kind: "none", reason: t("Models run once this workspace is trusted.") };
    return await this.#symbols.of(component, symbol, await this.model(uri));
  }
}

async function pickPlace(name: string, places: readonly LocatedPlace[]): Promise<LocatedPlace | undefined> {
  if (places.length < 2) return places[0];
  const items = places.map(place => ({ label: place.text, description: placeLabel(place), place }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: t("{0} in {1} places of the code", name, places.length),
    placeHolder: t("Line to go to"),
    matchOnDescription: true,
  });
  return chosen?.place;
}
