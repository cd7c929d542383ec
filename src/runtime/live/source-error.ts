import type { TraceFailure } from "../../shared/trace.ts";
import { failureText } from "../packages/absent.ts";

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
  const message = failureText(failure);
  if (failure.file === null) return message;
  return failure.line === null
    ? `${failure.file}: ${message}`
    : `${failure.file}:${failure.line}: ${message}`;
}
