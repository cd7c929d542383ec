import type { Component, Words } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { formatCount } from "../../shared/number.ts";
import { namedShape, statisticsText } from "../../shared/value-text.ts";
import { formulaText } from "./formula-text.ts";
import type { HoveredValue } from "./hovered-value.ts";
import { pictureSize, pictureUri } from "./picture.ts";
import { layerIn } from "./traced-source.ts";

/** A link that runs a command with one argument. */
export interface HoverLink {
  readonly title: string;
  readonly command: string;
  readonly argument: unknown;
}

/** Before a run: what the component is, in Markdown. */
export function explanation(component: Component, words: (words: Words) => string): string {
  const name = words(component.name);
  const english = name === component.name.en ? "" : ` ${plain(component.name.en)}`;
  return [
    `**${plain(name)}**${english}`,
    `\`${formulaText(component.formula).replaceAll("`", "'")}\``,
    plain(words(component.explanation)),
  ].join("\n\n");
}

/** What a line turned out to be, whatever it is called, in Markdown. */
export function recognised(component: Component, words: (words: Words) => string): string {
  return plain(t("{0}, by what is computed here", words(component.name)));
}

/** After a run: shape and type, statistics, picture, and where it was run, in Markdown. */
export function numbers(value: HoveredValue): string {
  const { summary } = value;
  const { zeros, notFinite } = summary.statistics;
  const counted = [
    zeros > 0 ? ` · ${t("{0} zero", formatCount(zeros))}` : "",
    notFinite > 0 ? ` · ${t("{0} not finite", formatCount(notFinite))}` : "",
  ].join("");
  const { width, height } = pictureSize;
  const picture = pictureUri(summary.picture, summary.statistics);
  return [
    `**${plain(value.name)}** ${plain(namedShape(value.shape))} · ${summary.dtype}`,
    plain(statisticsText(summary.statistics) + counted),
    `![${plain(t("Picture of {0}", value.name))}](${picture}|width=${width},height=${height})`,
    plain(ranIn(value.module, value.model)),
  ].join("\n\n");
}

/** `Layer 13 · model.layers.13.self_attn`: where in the model a line ran; the class where that is the model itself. */
export function ranIn(module: string, model: string): string {
  const layer = layerIn(module);
  return [...(layer === null ? [] : [t("Layer {0}", layer)]), module === "" ? model : module].join(" · ");
}

/** What a trace alone says of a place: its shapes, and how they came about. */
export interface HoveredShape {
  readonly name: string;
  /** `(batch, sequence, 576)`. */
  readonly shape: string;
  readonly dtype: string;
  /** Sentences about it: which layer, what the class was built with, whether it is of an earlier text. */
  readonly notes: readonly string[];
}

/** Before a run, where the source was traced: name, shape and type, then how they came about. */
export function shapes({ name, shape, dtype, notes }: HoveredShape): string {
  return [
    `**${plain(name)}** ${plain(shape)} · ${dtype}`,
    ...(notes.length > 0 ? [plain(notes.join(" · "))] : []),
  ].join("\n\n");
}

/** One row of links, in Markdown. */
export function links(entries: readonly HoverLink[]): string {
  return entries
    .map(({ title, command, argument }) => {
      const query = encodeURIComponent(JSON.stringify([argument]));
      // Parentheses would end the link.
      return `[${plain(title)}](command:${command}?${query.replaceAll("(", "%28").replaceAll(")", "%29")})`;
    })
    .join(" | ");
}

/** Text that Markdown shows as it is. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+\-.!|<>~]/g, "\\$&");
}
