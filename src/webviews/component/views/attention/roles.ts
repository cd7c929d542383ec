import { axisName } from "../../../../shared/axis-name.ts";
import { t } from "../../../../shared/l10n.ts";
import { formatNumber } from "../../../../shared/number.ts";
import type { AttentionDocument, AttentionRole, NamedSize } from "../../../../shared/protocol/component.ts";

/** How one part of attention is named, explained and drawn. */
export interface Role {
  readonly name: () => string;
  /** What its cells are, in a few words. */
  readonly about: (document: AttentionDocument) => string;
  /** What happens in this step, one sentence. */
  readonly sentence: (document: AttentionDocument) => string;
  /** Stands before its thumbnail, between it and the one before. */
  readonly operator: (document: AttentionDocument) => string;
  readonly scale: "signed" | "sequential";
  /** What rows and columns stand for; features have no names. */
  readonly rows: "query" | "key";
  readonly columns: "key" | "feature";
}

export const ROLES: Readonly<Record<AttentionRole, Role>> = {
  query: {
    name: () => t("Query"),
    about: () => t("what each token looks for"),
    sentence: () => t("every token is given a query, a vector that says what it looks for."),
    operator: () => "",
    scale: "signed",
    rows: "query",
    columns: "feature",
  },
  key: {
    name: () => t("Key"),
    about: () => t("what each token offers"),
    sentence: () => t("every token is given a key, a vector that says what can be found at it."),
    operator: () => "·",
    scale: "signed",
    rows: "key",
    columns: "feature",
  },
  scores: {
    name: () => t("Scores"),
    about: () => t("how well each query fits each key"),
    sentence: () => t("the dot product of a query and a key says how well they fit."),
    operator: () => "=",
    scale: "signed",
    rows: "query",
    columns: "key",
  },
  scaled: {
    name: () => t("Scaled"),
    about: () => t("the same scores, kept small"),
    sentence: document => t("the scores are multiplied by {0}, so that they stay small.", factor(document)),
    operator: scaleOperator,
    scale: "signed",
    rows: "query",
    columns: "key",
  },
  masked: {
    name: () => t("Masked"),
    about: () => t("what may be looked at"),
    sentence: () => t("the mask takes out what a token must not look at."),
    operator: () => t("+ mask"),
    scale: "signed",
    rows: "query",
    columns: "key",
  },
  weights: {
    name: () => t("Weights"),
    about: document =>
      document.attention === "cross"
        ? t("how much each token takes from each token of the source")
        : document.hidden
          ? t("how much each token takes from each earlier one")
          : t("how much each token takes from each other one"),
    sentence: () => t("each row is turned into weights that add up to 1."),
    operator: () => "softmax",
    scale: "sequential",
    rows: "query",
    columns: "key",
  },
  value: {
    name: () => t("Value"),
    about: () => t("what each token passes on"),
    sentence: () => t("every token is given a value, the vector that it passes on."),
    operator: () => "·",
    scale: "signed",
    rows: "key",
    columns: "feature",
  },
  output: {
    name: () => t("Output"),
    about: () => t("the values of all tokens, mixed by the weights"),
    sentence: () => t("each token's output is the mean of the values, weighted by its row."),
    operator: () => "=",
    scale: "signed",
    rows: "query",
    columns: "feature",
  },
};

/** 0.125, or 1/√64 where it is that. */
function factor({ scale, headDimension }: AttentionDocument): string {
  if (scale === null) return t("a factor");
  return isInverseRoot(scale, headDimension) ? `1/√${headDimension}` : formatNumber(scale);
}

function scaleOperator({ scale, headDimension }: AttentionDocument): string {
  if (scale === null) return "×";
  return isInverseRoot(scale, headDimension) ? `÷ √${headDimension}` : `× ${formatNumber(scale)}`;
}

/** Whether a factor is 1/√d, as closely as it is written in source or stored. */
export function isInverseRoot(scale: number, dimension: number): boolean {
  return Math.abs(scale * Math.sqrt(dimension) - 1) < 1e-4;
}

/** `query × key`, for a caption: fixed sizes as numbers, axes that follow the text by name. */
export function briefShape(shape: readonly NamedSize[]): string {
  return shape
    .slice(-2)
    .map(({ name, size }) => (name === "feature" ? String(size) : axisName(name)))
    .join(" × ");
}
