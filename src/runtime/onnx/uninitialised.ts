import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";
import { neededFor } from "./needed.ts";

/** Refuses values that rest on memory that nothing has written to: numbers that PyTorch itself would make up. */
export function requireInitialised(trace: Trace, outputs: readonly number[]): void {
  const value = outputs.find(output => trace.values[output]!.uninitialised);
  if (value === undefined) return;
  const { operations } = neededFor(trace, [value], new Set());
  const source = operations.find(operation =>
    operation.outputs.some(output => trace.values[output]!.uninitialised),
  );
  const call = source?.call == null ? null : trace.calls[source.call]!;
  const place = call?.places[0] === undefined ? null : trace.places[call.places[0]]!;
  throw new Error(
    t(
      "{0}: {1} gives memory that nothing has written to, and the result rests on it. Fill it first, with torch.zeros for example.",
      place === null ? trace.class : `${trace.files[place.file]!.path}:${place.line}`,
      call?.function ?? "torch.empty",
    ),
  );
}
