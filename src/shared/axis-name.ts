import { t } from "./l10n.ts";

/** What an axis is called in words; a name that is not known here stays as it is. */
export function axisName(name: string): string {
  return Object.hasOwn(NAMES, name) ? NAMES[name]!() : name;
}

const NAMES: Readonly<Record<string, () => string>> = {
  heads: () => t("heads"),
  keyValueHeads: () => t("key-value heads"),
  query: () => t("query"),
  key: () => t("key"),
  feature: () => t("feature"),
  token: () => t("token"),
  past: () => t("past"),
  sequence: () => t("sequence"),
  batch: () => t("batch"),
  axis: () => t("axis"),
};
