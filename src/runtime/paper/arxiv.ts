import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { type ArxivId, arxivName, formatArxivId } from "../../shared/papers/index.ts";
import type { Environment } from "../models/cache.ts";
import { DownloadError, Interrupted } from "../models/connection.ts";

/** arXiv, or the mirror that `PAPERTRACE_ARXIV` names. */
export function arxivEndpoint(environment: Environment = process.env): string {
  return (environment.PAPERTRACE_ARXIV || "https://arxiv.org").replace(/\/+$/, "");
}

/** Address of a paper's PDF. */
export function arxivPdf(paper: ArxivId, environment?: Environment): string {
  return `${arxivEndpoint(environment)}/pdf/${formatArxivId(paper)}`;
}

/** Address of the page that describes a paper. */
export function arxivPage(paper: ArxivId, environment?: Environment): string {
  return `${arxivEndpoint(environment)}/abs/${formatArxivId(paper)}`;
}

/** Whether an address is arXiv's, or that of one of its own hosts, and as safe as arXiv's: `https://export.arxiv.org/…`. */
export function isOnArxiv(url: URL, environment?: Environment): boolean {
  const { protocol, hostname, port } = new URL(arxivEndpoint(environment));
  const own = url.hostname === hostname || url.hostname.endsWith(`.${hostname}`);
  return own && url.protocol === protocol && url.port === port;
}

/** The server failed, not the way to it. */
class ServerFault extends Interrupted {}

/** What an answer other than the paper means; Interrupted for failures of the server that may pass at once. */
export function refusal(paper: ArxivId, response: Response, environment?: Environment): Error {
  const { status } = response;
  const page = arxivPage(paper, environment);
  if (status === 404) {
    const message =
      paper.version === null
        ? t(
            "arXiv has no PDF of {0}: the id may be mistyped, or the paper withdrawn. See {1}.",
            arxivName(paper),
            page,
          )
        : t("arXiv has no PDF of {0}: there may be no such version. See {1}.", arxivName(paper), page);
    return new DownloadError(message, { status });
  }
  if (status === 429 || status === 503) {
    const wait = retryAfter(response.headers.get("retry-after"));
    const message =
      wait === null
        ? t(
            "arXiv is asked too often and did not send {0} (HTTP {1}). Try again in a few minutes.",
            arxivName(paper),
            status,
          )
        : t(
            "arXiv is asked too often and did not send {0} (HTTP {1}). Try again in {2}.",
            arxivName(paper),
            status,
            wait,
          );
    return new DownloadError(message, { status });
  }
  if (status >= 500) return new ServerFault(`HTTP ${status} ${response.statusText}`.trim());
  const message = t(
    "arXiv did not send {0} (HTTP {1}). Open {2} in a browser to see why.",
    arxivName(paper),
    status,
    page,
  );
  return new DownloadError(message, { status });
}

/** The wait that a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds, or a date), in words; null for none. */
function retryAfter(header: string | null): string | null {
  if (header === null) return null;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return null;
  return seconds < 90 ? t("{0} s", Math.max(1, Math.ceil(seconds))) : t("{0} min", Math.ceil(seconds / 60));
}

/** Something else came instead: a page that says why, or that wants to know whether a person asks. */
export function notPdf(paper: ArxivId, environment?: Environment): DownloadError {
  const page = arxivPage(paper, environment);
  return new DownloadError(
    t(
      "What arXiv sent for {0} is not a PDF. Open {1} in a browser to see what it says.",
      arxivName(paper),
      page,
    ),
  );
}

export function tooLarge(paper: ArxivId, largest: number, environment?: Environment): DownloadError {
  const page = arxivPage(paper, environment);
  return new DownloadError(
    t(
      "{0} is larger than {1} and was not downloaded. Get it from {2} and open it with another program.",
      arxivName(paper),
      fileSize(largest),
      page,
    ),
  );
}

/** A connection that failed, as a failure that names the paper; others say enough. */
export function failedExchange(error: unknown, paper: ArxivId, environment?: Environment): unknown {
  const { cause } = error as Error;
  if (!(cause instanceof Interrupted)) return error;
  const host = new URL(arxivEndpoint(environment)).host;
  if (cause instanceof ServerFault)
    return new DownloadError(
      t("{0} failed to send {1}: {2}. Try again later.", host, arxivName(paper), cause.message),
      { cause },
    );
  return new DownloadError(
    t(
      "{0} could not be downloaded from {1}: {2}. Check the network and the proxy, and try again.",
      arxivName(paper),
      host,
      cause.message,
    ),
    { cause },
  );
}

/** What a disk refused, as a failure that says what to do; others say enough. */
export function unkept(error: unknown, paper: ArxivId, folder: string): unknown {
  const code =
    error instanceof Error && "syscall" in error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === undefined) return error;
  if (code === "ENOSPC") return diskFull(error, paper, folder);
  return new Error(
    t(
      "{0} cannot be kept in {1} ({2}). Let it be written to, or choose another folder, and try again.",
      arxivName(paper),
      folder,
      code,
    ),
    { cause: error },
  );
}

export function diskFull(cause: unknown, paper: ArxivId, folder: string): Error {
  const message = t(
    "The disk of {0} is full, and {1} was not kept. Free some space and try again.",
    folder,
    arxivName(paper),
  );
  return new Error(message, { cause });
}
