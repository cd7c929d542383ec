import { t } from "./l10n.ts";
import type { ProviderCheck } from "./run.ts";

const NAMES: Readonly<Record<string, string>> = {
  cpu: "CPU",
  webgpu: "WebGPU",
  cuda: "CUDA",
  dml: "DirectML",
  coreml: "Core ML",
};

/** A provider's name as people write it. */
export function providerName(provider: string): string {
  return NAMES[provider] ?? provider;
}

/**
 * Where numbers come from and how far that is known to be right, in a sentence.
 * @param note why another provider than the preferred one serves; says it all where it is given.
 */
export function describeProvider(provider: string, note: string | null, check: ProviderCheck | null): string {
  if (note !== null) return note;
  const name = providerName(provider);
  if (check === null) return t("Computed by {0}.", name);
  return t(
    "Computed by {0}, checked against the CPU: {1} values, largest difference {2}.",
    name,
    check.values,
    writtenDifference(check.difference),
  );
}

/** A difference as it is written everywhere. */
export function writtenDifference(difference: number): string {
  if (difference === 0) return "0";
  return Number.isFinite(difference) ? difference.toExponential(1) : "∞";
}
