import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";

/** No trace holds for all the sizes of a run, or of the steps of a generation. */
export class UnsettledSizesError extends Error {
  constructor(className: string) {
    super(t("{0} takes another path at these sizes, whatever it is traced with.", className));
    this.name = "UnsettledSizesError";
  }
}

/** Whatever the trace is told of the data, the run finds something else. */
export class UnsettledDataError extends Error {
  constructor(trace: Trace, index: number) {
    super(atGuard(trace, index, t("Here the source decides by values that no trace settles.")));
    this.name = "UnsettledDataError";
  }
}

/** A message about a guard, with its place. */
export function atGuard(trace: Trace, index: number, message: string): string {
  const place = trace.places[trace.guards[index]?.place ?? -1];
  return place ? `${trace.files[place.file]?.path}:${place.line}: ${message}` : message;
}
