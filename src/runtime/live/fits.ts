import type { TracedCheckpoint, TraceRequest, TraceResult } from "../../shared/trace.ts";
import { RecentlyUsed } from "../session/recently-used.ts";

/** Classes whose fit is kept. */
const KEPT = 8;

/**
 * How the checkpoint of a class was fitted last. Thousands of tensors take seconds, and all traces of a class, also after
 * an edit, nearly always agree; the tracer sees whether they do.
 */
export class Fits {
  readonly #last = new RecentlyUsed<{ checkpoint?: TracedCheckpoint }>(KEPT, () => undefined);

  /** Traces with what is known of the checkpoint; what the trace says of it is known to the next. */
  async trace(
    request: TraceRequest,
    make: (request: TraceRequest) => Promise<TraceResult>,
  ): Promise<TraceResult> {
    if (!request.checkpointShapes) return make(request);
    const last = await this.#last.get(JSON.stringify([request.source, request.class]), async () => ({}));
    const result = await make({ ...request, fitted: last.checkpoint });
    if (result.ok && result.trace.checkpoint) last.checkpoint = result.trace.checkpoint;
    return result;
  }
}
