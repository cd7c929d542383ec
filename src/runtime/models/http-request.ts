// biome-ignore-all lint/style/useNodejsImportProtocol: under these names the editor gives modules that follow its settings for proxies

import { Readable } from "node:stream";
import http, { type IncomingMessage } from "http";
import https from "https";

export interface HttpRequest {
  readonly method?: "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Answers that have no body (Fetch standard, null body status). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * Sends one request and gives what is answered, a redirect too. Not by Node's own `fetch`: that ends the process where a
 * server closes the connection behind a body that is read more slowly than it comes.
 * @throws Error where no answer came; reading the body throws where the connection ends early.
 */
export async function send(address: string, request: HttpRequest): Promise<Response> {
  const { method = "GET", headers, signal } = request;
  signal?.throwIfAborted();
  const url = new URL(address);
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = (url.protocol === "http:" ? http : https).request(url, { method, headers, signal }, resolve);
    sent.once("error", reject);
    sent.end();
  });
  const { statusCode = 500, statusMessage, rawHeaders } = message;
  const answered = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2)
    answered.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  const isEmpty = method === "HEAD" || BODILESS.has(statusCode);
  if (isEmpty) message.resume();
  const body = isEmpty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  const response = new Response(body, {
    status: statusCode,
    statusText: statusMessage ?? "",
    headers: answered,
  });
  return Object.defineProperty(response, "url", { value: url.href });
}
