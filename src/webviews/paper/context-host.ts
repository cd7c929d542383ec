import type { Remote } from "../../shared/channel.ts";
import type { PaperContextHost } from "../../shared/protocol/paper-context.ts";

/** What the extension host knows beyond the paper. */
export type ContextHost = Pick<Remote<PaperContextHost, Record<never, never>>, keyof PaperContextHost>;

let host: ContextHost | null = null;

/** Called once, before anything is drawn. */
export function provideContextHost(given: ContextHost): void {
  host = given;
}

export function contextHost(): ContextHost {
  if (!host) throw new Error("Nothing has been provided for the paper to stand in.");
  return host;
}
