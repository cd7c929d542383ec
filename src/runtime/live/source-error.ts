import { t } from "../../shared/l10n.ts";
import type { TraceFailure } from "../../shared/trace.ts";

/** A source that cannot be traced, with everything that names why. */
export class SourceError extends Error {
  readonly failure: TraceFailure;

  constructor(failure: TraceFailure) {
    super(describeFailure(failure));
    this.name = "SourceError";
    this.failure = failure;
  }
}

/** file:line: what, as one line. */
export function describeFailure(failure: TraceFailure): string {
  const message = t(failure.message, ...failure.arguments);
  if (failure.file === null) return message;
  return failure.line === null
    ? `${failure.file}: ${message}`
    : `${failure.file}:${failure.line}: ${message}`;
}
