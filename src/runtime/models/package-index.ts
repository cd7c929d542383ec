import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { Environment } from "./cache.ts";
import { DownloadError, reasonOf } from "./connection.ts";
import type { PinnedFile } from "./registry.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";
const indexSchema = v.object({ files: v.array(v.object({ filename: v.string(), url: v.string() })) });

/**
 * Address of a package's file in the Python package index, or in the one that `PIP_INDEX_URL` names: the simple
 * repository API, as JSON (PEP 691) or, where an index has only that, as HTML (PEP 503).
 * @throws DownloadError where the index cannot be reached or does not have the file.
 */
export async function packageFileUrl(
  name: string,
  file: PinnedFile,
  environment: Environment = process.env,
  signal?: AbortSignal,
): Promise<string> {
  const index = (environment.PIP_INDEX_URL || "https://pypi.org/simple").replace(/\/+$/, "");
  const address = `${index}/${name.toLowerCase().replaceAll(/[-_.]+/g, "-")}/`;
  const found = (await readIndex(address, signal)).find(entry => entry.filename === file.name);
  if (found === undefined) throw new DownloadError(t("{0} does not list {1}.", address, file.name));
  return new URL(found.url, address).href;
}

const TIMEOUT_MS = 30_000;

async function readIndex(
  address: string,
  signal?: AbortSignal,
): Promise<{ filename: string; url: string }[]> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(address, {
      headers: { accept: `${JSON_TYPE}, text/html;q=0.5` },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (!response.ok) throw new Error(`HTTP ${response.status} ${response.statusText}`);
    const isJson = response.headers.get("content-type")?.includes("json") ?? false;
    return isJson ? v.parse(indexSchema, await response.json()).files : parseAnchors(await response.text());
  } catch (error) {
    signal?.throwIfAborted();
    throw new DownloadError(t("{0} could not be read: {1}", address, reasonOf(error)), { cause: error });
  }
}

function parseAnchors(html: string): { filename: string; url: string }[] {
  return [...html.matchAll(/<a\s[^>]*?href="([^"]+)"[^>]*>\s*([^<]+?)\s*<\/a>/gi)].map(([, href, text]) => ({
    url: href!.replaceAll("&amp;", "&"),
    filename: text!,
  }));
}
