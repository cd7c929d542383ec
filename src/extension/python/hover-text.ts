import { axisName } from "../../shared/axis-name.ts";
import type { Component, Words } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { formulaText } from "./formula-text.ts";
import type { HoveredValue } from "./hovered-value.ts";
import { threeDigits } from "./number.ts";
import { pictureSize, pictureUri } from "./picture.ts";

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

/** After a run: shape and type, statistics, picture, in Markdown. */
export function numbers(value: HoveredValue): string {
  const { summary } = value;
  const shape = value.shape
    .map(({ name, size }) => (name === "" ? String(size) : `${axisName(name)} ${size}`))
    .join(" × ");
  const { mean, std, min, max, notFinite } = summary.statistics;
  const statistics = t(
    "mean {0} ± {1} · min {2} · max {3}",
    threeDigits(mean),
    threeDigits(std),
    threeDigits(min),
    threeDigits(max),
  );
  const infinite = notFinite > 0 ? ` · ${t("{0} not finite", notFinite)}` : "";
  const { width, height } = pictureSize;
  const picture = pictureUri(summary.picture, summary.statistics);
  return [
    `**${plain(value.name)}** ${plain(shape === "" ? t("a number") : shape)} · ${summary.dtype}`,
    plain(statistics + infinite),
    `![${plain(value.name)}](${picture}|width=${width},height=${height})`,
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
    .join(" · ");
}

/** Text that Markdown shows as it is. */
export function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+\-.!|<>~]/g, "\\$&");
}
