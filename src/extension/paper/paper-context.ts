import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { type ArxivId, arxivIdOf } from "../../shared/papers/index.ts";
import type {
  EquationSymbol,
  Implementations,
  PaperModel,
  SymbolValue,
} from "../../shared/protocol/paper-context.ts";
import type { ChosenModel, ClosestModel } from "./closest-model.ts";
import type { PaperIndex } from "./paper-index.ts";
import { type LocatedPlace, placeLabel, type SourceIndex } from "./source-index.ts";
import type { SymbolValues } from "./symbol-values.ts";

/** Lines that a card lists; all of them can be peeked at. */
const LISTED = 4;
/** How long a panel that is opened waits until it is known what its paper is about, ms. */
const PATIENCE = 3_000;
/** The same for a line of a card, which nobody waits for. */
const INDEXED = 120_000;

/** What leads from a paper to the rest of the workspace: sources, models, and values. */
export class PaperContext {
  readonly #index: PaperIndex;
  readonly #sources: SourceIndex;
  readonly #models: ClosestModel;
  readonly #symbols: SymbolValues;
  readonly #openPlaces: (places: readonly LocatedPlace[], beside: vscode.WebviewPanel) => Promise<void>;

  /** @param openPlaces opens a line, or a peek at several. */
  constructor(
    index: PaperIndex,
    sources: SourceIndex,
    models: ClosestModel,
    symbols: SymbolValues,
    openPlaces: (places: readonly LocatedPlace[], beside: vscode.WebviewPanel) => Promise<void>,
  ) {
    this.#index = index;
    this.#sources = sources;
    this.#models = models;
    this.#symbols = symbols;
    this.#openPlaces = openPlaces;
  }

  async implementations(component: string): Promise<Implementations> {
    const { origin, places } = await this.#sources.of(component);
    const listed = places.slice(0, LISTED).map(place => ({ label: placeLabel(place), text: place.text }));
    return { origin, places: listed, total: places.length };
  }

  /** @param index of the place; null for all of them. */
  async openImplementation(
    component: string,
    index: number | null,
    beside: vscode.WebviewPanel,
  ): Promise<void> {
    const { places } = await this.#sources.of(component);
    await this.#openPlaces(index === null ? places : places.slice(index, index + 1), beside);
  }

  /**
   * The model that panels show which are opened from a paper.
   * @param patience how long the paper may take to be indexed, ms, for what it is about to be known.
   */
  async model(uri: vscode.Uri, patience = PATIENCE): Promise<ChosenModel | null> {
    const late = new AbortController();
    const paper = await Promise.race([
      this.#index.read(uri),
      delay(patience, "late" as const, { signal: late.signal }).catch(() => "late" as const),
    ]);
    late.abort();
    return await this.#models.of(paper === "late" ? "unread" : (paper ?? "unreadable"));
  }

  /** The paper on arXiv that a link in a paper cites; null where it leads elsewhere, or to what describes this one. */
  cited(uri: vscode.Uri, url: string): ArxivId | null {
    const cited = /\barxiv\b/i.test(url) ? arxivIdOf(url) : null;
    return cited?.id === this.#index.of(uri)?.arxiv?.id ? null : cited;
  }

  async shownModel(uri: vscode.Uri): Promise<PaperModel | null> {
    const model = await this.model(uri, INDEXED);
    return model && { label: model.label, reason: model.reason };
  }

  async symbol(uri: vscode.Uri, component: string, symbol: EquationSymbol): Promise<SymbolValue> {
    if (!vscode.workspace.isTrusted)
      return { kind: "none", reason: t("Models run once this workspace is trusted.") };
    return await this.#symbols.of(component, symbol, await this.model(uri));
  }
}
