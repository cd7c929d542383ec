import { type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { Environment } from "./cache.ts";
import { DownloadError, exchange, persevere, requireSuccess } from "./connection.ts";
import type { KnownFile } from "./file-digest.ts";
import { type HubToken, hubEndpoint } from "./hub.ts";
import { hubError } from "./hub-error.ts";
import type { HubId } from "./hub-id.ts";

/** A revision of a repository of the hub. */
export interface HubRevision {
  /** What the revision is now, 40 hexadecimal digits. */
  readonly commit: string;
  /** At its root, with the hash that the hub states for each. Their names are names of files, without a folder. */
  readonly files: readonly KnownFile[];
}

export interface HubAccess {
  readonly environment: Environment;
  readonly token: HubToken | null;
  readonly signal?: AbortSignal;
  /** A connection that brings nothing for so long is given up, ms. */
  readonly stallMs?: number;
  /** Pause before another attempt, ms. */
  readonly retryMs?: number;
}

/**
 * What a repository holds. The hub's word is not taken for it: what it states becomes names of files and folders.
 * @throws DownloadError that says what is missing: the repository, the revision, the right to read it, or the network; or
 *   what is wrong with the answer, and its address. The signal's reason where it was cancelled.
 */
export async function hubRevision(id: HubId, access: HubAccess): Promise<HubRevision> {
  const options = { hubUrl: hubEndpoint(access.environment) };
  const info = await modelInfo({
    ...options,
    fetch: asking(infoSchema, id, access),
    name: id.repository,
    revision: id.revision ?? "main",
    additionalFields: ["sha"],
  });
  const { sha } = v.parse(infoSchema, info);
  const files: KnownFile[] = [];
  const listing = listFiles({
    ...options,
    fetch: asking(pageSchema, id, access),
    repo: id.repository,
    revision: sha,
  });
  for await (const entry of listing) if (isOwnFile(entry)) files.push(knownFile(entry));
  return { commit: sha, files };
}

/** Of the model itself: what lies in folders is of other frameworks. */
function isOwnFile({ type, path }: { readonly type: string; readonly path: string }): boolean {
  return type === "file" && !/[\\/]|^\./.test(path);
}

/** The `oid` of a large file itself is that of a text which stands for it in git. */
function knownFile({ path, size, oid, lfs }: ListFileEntry): KnownFile {
  return lfs ? { name: path, bytes: lfs.size, sha256: lfs.oid } : { name: path, bytes: size, gitSha1: oid! };
}

/** A page lists a thousand files. */
const MOST_PAGES = 100;
/** No page comes near this. */
const MOST_BYTES = 16_000_000;

const sha1 = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/, "40 hexadecimal digits were expected"));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 hexadecimal digits were expected"));
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Relative, and going nowhere but down, under Windows too. */
const path = v.pipe(
  v.string(),
  v.check(
    text => !/^[\\/]|^[A-Za-z]:|\0/.test(text) && !text.split(/[\\/]/).includes(".."),
    "a path inside the repository was expected",
  ),
);

const infoSchema = v.object({ sha: sha1 });
const entrySchema = v.object({ type: v.string(), path });
const fileSchema = v.object({ path, size, oid: sha1 });
const largeFileSchema = v.object({ path, lfs: v.object({ oid: sha256, size }) });
const pageSchema = v.array(
  v.lazy(entry => {
    const known = v.safeParse(entrySchema, entry);
    if (!known.success || !isOwnFile(known.output)) return entrySchema;
    return Object.hasOwn(entry as object, "lfs") ? largeFileSchema : fileSchema;
  }),
);

/** A `fetch` for the hub's API: asks in the way that files are asked for, and gives back nothing but answers that are one. */
function asking(
  schema: v.GenericSchema,
  id: HubId,
  { environment, token, signal, stallMs, retryMs }: HubAccess,
): typeof fetch {
  let pages = 0;
  return async address => {
    const url = String(address);
    if (pages++ === MOST_PAGES)
      throw unexpected(url, t("the list of files has more than {0} pages", MOST_PAGES));
    // A list may go on at another site, which the token is not for.
    const isHub = new URL(url).origin === new URL(hubEndpoint(environment)).origin;
    const headers = { accept: "application/json", "accept-encoding": "identity" };
    let chunks: Uint8Array[] = [];
    let next: string | null = null;
    const attempt = async (): Promise<void> => {
      chunks = [];
      let bytes = 0;
      await exchange({
        url,
        headers: isHub && token !== null ? { ...headers, authorization: token.authorization } : headers,
        signal,
        stallMs,
        async begin(response) {
          requireSuccess(url, response);
          next = nextPage(response.headers.get("link") ?? "", response.url || url);
        },
        async take(chunk) {
          bytes += chunk.length;
          if (bytes > MOST_BYTES) throw unexpected(url, t("it has more than {0} bytes", MOST_BYTES));
          chunks.push(chunk);
        },
      });
    };
    try {
      // Every attempt starts over, so that what one brings is no progress.
      const nothing = () => 0;
      await persevere({ url, signal, retryMs }, attempt, nothing);
    } catch (error) {
      signal?.throwIfAborted();
      throw error instanceof DownloadError ? hubError(error, id, environment, token) : error;
    }
    const text = Buffer.concat(chunks).toString("utf8");
    requireAnswer(text, schema, url);
    return new Response(text, next === null ? {} : { headers: { link: `<${next}>; rel="next"` } });
  };
}

/** What a `Link` header (RFC 8288) calls the next page. */
function nextPage(link: string, base: string): string | null {
  const target = /<([^>]*)>[^,<]*;\s*rel="?next\b/i.exec(link)?.[1];
  if (target === undefined || !URL.canParse(target, base)) return null;
  const url = new URL(target, base);
  return /^https?:$/.test(url.protocol) ? url.href : null;
}

function requireAnswer(text: string, schema: v.GenericSchema, url: string): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unexpected(url, t("it is not JSON; a network's sign-in page may have answered"));
  }
  const { success, issues } = v.safeParse(schema, json);
  if (success) return;
  const [issue] = issues;
  const place = v.getDotPath(issue);
  throw unexpected(url, place === null ? issue.message : `${place}: ${issue.message}`);
}

function unexpected(url: string, reason: string): DownloadError {
  return new DownloadError(
    t(
      "{0} does not answer as a hub does: {1}. Open it in a browser to see what answers, and check HF_ENDPOINT if it is set.",
      url,
      reason,
    ),
  );
}
