import { setTimeout as delay } from "node:timers/promises";
import { t } from "../../shared/l10n.ts";
import { type HttpRequest, send } from "./http-request.ts";

export interface Exchange {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A connection that brings nothing for so long is given up, ms. */
  readonly stallMs?: number;
  /** Whether a redirect may be followed; without it, all are. */
  readonly mayFollow?: (url: URL) => boolean;
  /** Reads the answer's head; what it throws ends the exchange. */
  begin(response: Response): Promise<void>;
  /** Takes a part of the answer's body. */
  take(chunk: Uint8Array): Promise<void>;
}

const STALL_MS = 60_000;
/** Attempts in a row that may fail without bringing a byte. */
const ATTEMPTS = 3;
const RETRY_MS = 500;
/** The longest wait that a server is granted, ms; where it asks for more, that is told. */
const MOST_WAIT_MS = 60_000;
/** As many as browsers follow (Fetch standard, HTTP-redirect fetch). */
const MOST_REDIRECTS = 20;

/** A download that failed for a reason outside this machine, or because of it; another address may serve. */
export class DownloadError extends Error {
  /** Of the answer; null where there was none. */
  readonly status: number | null;
  /** Origin of what answered, at the end of all redirects; null where it does not matter. */
  readonly site: string | null;
  constructor(
    message: string,
    options: ErrorOptions & { readonly status?: number; readonly site?: string } = {},
  ) {
    super(message, options);
    this.name = "DownloadError";
    this.status = options.status ?? null;
    this.site = options.site ?? null;
  }
}

/** The connection could not be made, or ended early; trying again may help. */
export class Interrupted extends Error {
  /** How long the server asks to be left alone, ms; null where it does not say. */
  readonly wait: number | null;
  constructor(message: string, options: ErrorOptions & { readonly wait?: number | null } = {}) {
    super(message, options);
    this.wait = options.wait ?? null;
  }
}

/** Why something failed, in words: what `fetch` throws for a network failure is a TypeError whose cause says more. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as (NodeJS.ErrnoException & { errors?: readonly Error[] }) | undefined;
  return cause?.message || cause?.errors?.[0]?.message || cause?.code || error.message;
}

/**
 * Sends a request and hands over what is answered, part by part.
 * @throws Interrupted where the connection failed; what `begin` and `take` throw; the signal's reason.
 */
export async function exchange(options: Exchange): Promise<void> {
  const { signal, stallMs = STALL_MS } = options;
  const stall = new AbortController();
  const timer = setTimeout(
    () => stall.abort(new Interrupted(t("no data for {0} s", stallMs / 1000))),
    stallMs,
  );
  const combined = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
  try {
    const { url, headers, mayFollow } = options;
    const response = await request(url, { headers, signal: combined }, mayFollow);
    timer.refresh();
    try {
      await options.begin(response);
    } catch (error) {
      await response.body?.cancel();
      throw error;
    }
    for await (const chunk of arriving(response.body ?? [])) {
      timer.refresh();
      await options.take(chunk);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw stall.signal.aborted ? stall.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sends a request and follows where it leads; what authorises goes to the first site alone.
 * @param mayFollow whether a redirect may be followed; without it, all are.
 * @throws Interrupted where no answer came; DownloadError for a redirect that is not followed; the signal's reason.
 */
export async function request(
  url: string,
  { headers, signal, method = "GET" }: HttpRequest,
  mayFollow: (url: URL) => boolean = () => true,
): Promise<Response> {
  let address = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const isFirstSite = new URL(address).origin === new URL(url).origin;
    const { authorization: _, ...others } = headers;
    const response = await send(address, { headers: isFirstSite ? headers : others, signal, method }).catch(
      error => {
        signal?.throwIfAborted();
        throw new Interrupted(reasonOf(error), { cause: error });
      },
    );
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, address) ? new URL(location, address) : null;
    if (next === null || !/^https?:$/.test(next.protocol) || !mayFollow(next))
      throw new DownloadError(
        t(
          "{0} leads to {1}, another site, and was not followed. Open it in a browser to see what it is.",
          url,
          next?.href ?? location,
        ),
        { status: response.status },
      );
    address = next.href;
  }
  throw new DownloadError(t("{0} leads from one address to the next without end. Try again later.", url));
}

/**
 * Refuses an answer that is a failure.
 * @param url that was asked, before redirects.
 * @throws Interrupted for what may pass: too many requests, and failures of the server; DownloadError otherwise.
 */
export function requireSuccess(url: string, response: Response): void {
  const { ok, status, statusText, headers, url: answered } = response;
  if (ok) return;
  const reason = `HTTP ${status} ${statusText}`.trim();
  if (status === 429 || status >= 500) throw new Interrupted(reason, { wait: retryAfter(headers) });
  const site = new URL(answered || url).origin;
  const message =
    site === new URL(url).origin
      ? unreadable(url, reason)
      : t(
          "{0} leads to {1}, which refuses it: {2}. Try again, and see whether your network lets you reach {1}.",
          url,
          site,
          reason,
        );
  throw new DownloadError(message, { status, site });
}

/** Milliseconds from now, of a number of seconds or a date (RFC 9110, section 10.2.3); null where it is neither. */
function retryAfter(headers: Headers): number | null {
  const said = headers.get("retry-after");
  if (said === null) return null;
  const wait = /^\d+$/.test(said) ? 1000 * Number(said) : Date.parse(said) - Date.now();
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}

function unreadable(url: string, reason: string): string {
  return t(
    "{0} could not be read: {1}. See whether a browser on this machine reaches it, or try again later.",
    url,
    reason,
  );
}

/** A body part by part; a connection that ends early interrupts it. */
async function* arriving(body: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new Interrupted(reasonOf(error), { cause: error });
  }
}

export interface Perseverance {
  readonly url: string;
  readonly signal?: AbortSignal;
  /** Pause before another attempt, ms. */
  readonly retryMs?: number;
}

/**
 * Makes attempts until one goes through, as long as each brings something.
 * @param attempt throws Interrupted where another may help.
 * @param received bytes so far.
 * @throws DownloadError naming the address where attempts stay fruitless; whatever else an attempt throws.
 */
export async function persevere(
  { url, signal, retryMs = RETRY_MS }: Perseverance,
  attempt: () => Promise<void>,
  received: () => number,
): Promise<void> {
  for (let fruitless = 0; ; ) {
    const before = received();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Interrupted)) throw error;
      fruitless = received() > before ? 0 : fruitless + 1;
      if (fruitless >= ATTEMPTS) throw new DownloadError(unreadable(url, error.message), { cause: error });
      const wait = Math.max(retryMs, error.wait ?? 0);
      if (wait > MOST_WAIT_MS) {
        const reason = t("{0}; it asks to be left alone for {1} s", error.message, Math.ceil(wait / 1000));
        throw new DownloadError(unreadable(url, reason), { cause: error });
      }
      await delay(wait, undefined, { signal });
    }
  }
}
