import { useEffect, useState } from "preact/hooks";
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

/** The host's answer to a question; null until it is there, and where there is none. Another key asks again. */
export function useAnswer<T>(ask: () => Promise<T>, key: string): T | null {
  const [answer, setAnswer] = useState<T | null>(null);
  useEffect(() => {
    let wanted = true;
    setAnswer(null);
    ask().then(
      given => {
        if (wanted) setAnswer(given);
      },
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [key]);
  return answer;
}
