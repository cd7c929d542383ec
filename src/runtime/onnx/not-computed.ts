import { t } from "../../shared/l10n.ts";
import type { Call, Trace } from "../../shared/trace.ts";

/**
 * That a torch call cannot be computed, and why, with the lines that it is in: a module may call one function in several.
 * Gives the cause back where the source has no such line.
 */
export function notComputed(trace: Trace, calls: readonly Call[], reason: string, cause: unknown): unknown {
  const places = calls.flatMap(({ places: [innermost] }) => {
    const place = trace.places[innermost ?? -1];
    return place ? [`${trace.files[place.file]?.path}:${place.line}`] : [];
  });
  if (places.length === 0) return cause;
  const where = [...new Set(places)].join(", ");
  return new Error(t("{0}: {1} cannot be computed: {2}", where, calls[0]!.function, reason), { cause });
}
