import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import type { Environment } from "./cache.ts";
import { DownloadError, reasonOf, request } from "./connection.ts";

/** A file of a package, as an index lists it; null is what it does not say. */
export interface IndexedFile {
  readonly name: string;
  readonly url: string;
  readonly sha256: string | null;
  readonly bytes: number | null;
  /** Releases of Python that it is for, `>=3.9`. */
  readonly requiresPython: string | null;
  readonly isYanked: boolean;
  /** Whether its METADATA can be had by itself, at its address with `.metadata` behind (PEP 658). */
  readonly hasMetadata: boolean;
}

/** The Python package index, or the one that `PIP_INDEX_URL`, `UV_DEFAULT_INDEX` or `UV_INDEX_URL` names instead. */
export class PackageIndex {
  /** Address of the simple repository API, without what authorises. */
  readonly address: string;
  readonly #authorization: string | null;

  /** @throws DownloadError where what is named is no address. */
  constructor(environment: Environment = process.env) {
    const named = ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"].find(name => environment[name]);
    const address = named === undefined ? "https://pypi.org/simple" : environment[named]!;
    const url = URL.canParse(address) ? new URL(address) : null;
    if (url === null || !/^https?:$/.test(url.protocol))
      throw new DownloadError(t("{0} names no package index: give an address with https.", named ?? address));
    const { username, password } = url;
    url.username = url.password = "";
    this.address = url.href.replace(/\/+$/, "");
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#authorization =
      username === "" ? null : `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`;
  }

  /** As people know it: `pypi.org`. */
  get host(): string {
    return new URL(this.address).host;
  }

  /** What authorises a request to an address; null for other sites than the index's own. */
  authorizationFor(url: string): string | null {
    return new URL(url).origin === new URL(this.address).origin ? this.#authorization : null;
  }

  /** Where the files of a package are listed (PEP 503). */
  pageOf(name: string): string {
    return `${this.address}/${normalName(name)}/`;
  }

  /**
   * Files of a package by the simple repository API, as JSON (PEP 691) or, where an index has only that, as HTML (PEP 503).
   * @throws DownloadError where the index cannot be reached; its status is 404 where it does not have the package.
   */
  async files(name: string, signal?: AbortSignal): Promise<readonly IndexedFile[]> {
    const address = this.pageOf(name);
    return await this.read(address, `${JSON_TYPE}, text/html;q=0.5`, signal, async response => {
      const isJson = response.headers.get("content-type")?.includes("json") ?? false;
      const listed = isJson
        ? v.parse(pageSchema, await response.json()).files.map(fromJson)
        : parseAnchors(await response.text());
      return listed.map(file => ({ ...file, url: new URL(file.url, response.url || address).href }));
    });
  }

  /**
   * Requests an address and takes its answer.
   * @throws DownloadError that names the address and the reason; the signal's reason.
   */
  async read<T>(
    address: string,
    accept: string,
    signal: AbortSignal | undefined,
    take: (response: Response) => Promise<T>,
    method: "GET" | "HEAD" = "GET",
  ): Promise<T> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const authorization = this.authorizationFor(address);
    let status: number | undefined;
    try {
      const response = await request(address, {
        method,
        headers: { accept, ...(authorization === null ? {} : { authorization }) },
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      status = response.status;
      if (!response.ok) throw new Error(`HTTP ${status} ${response.statusText}`);
      return await take(response);
    } catch (error) {
      signal?.throwIfAborted();
      const message = t("{0} could not be read: {1}", address, reasonOf(error));
      throw new DownloadError(message, { cause: error, ...(status === undefined ? {} : { status }) });
    }
  }
}

const TIMEOUT_MS = 30_000;

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";

const metadata = v.optional(v.union([v.boolean(), v.record(v.string(), v.string())]));
const pageSchema = v.object({
  files: v.array(
    v.object({
      filename: v.string(),
      url: v.string(),
      hashes: v.optional(v.record(v.string(), v.string())),
      size: v.optional(v.number()),
      "requires-python": v.nullish(v.string()),
      yanked: v.optional(v.union([v.boolean(), v.string()])),
      "core-metadata": metadata,
      "dist-info-metadata": metadata,
    }),
  ),
});

function fromJson(file: v.InferOutput<typeof pageSchema>["files"][number]): IndexedFile {
  return {
    name: file.filename,
    url: file.url,
    sha256: file.hashes?.sha256 ?? null,
    bytes: file.size ?? null,
    requiresPython: file["requires-python"] ?? null,
    isYanked: (file.yanked ?? false) !== false,
    hasMetadata: (file["core-metadata"] ?? file["dist-info-metadata"] ?? false) !== false,
  };
}

function parseAnchors(html: string): readonly IndexedFile[] {
  return [...html.matchAll(/<a\s([^>]*)>\s*([^<]+?)\s*<\/a>/gi)].flatMap(([, attributes, name]) => {
    const attribute = (key: string) =>
      new RegExp(`(?:^|\\s)${key}(?:\\s*=\\s*"([^"]*)"|(?=[\\s>]|$))`, "i").exec(attributes!);
    const href = attribute("href")?.[1];
    if (href === undefined) return [];
    return {
      name: unescaped(name!),
      url: unescaped(href),
      sha256: /#sha256=([0-9a-f]{64})/i.exec(href)?.[1] ?? null,
      bytes: null,
      requiresPython: unescaped(attribute("data-requires-python")?.[1] ?? "") || null,
      isYanked: attribute("data-yanked") !== null,
      hasMetadata: attribute("data-core-metadata") !== null || attribute("data-dist-info-metadata") !== null,
    };
  });
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** The spelling under which every spelling of a package's name is the same (PEP 503). */
export function normalName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/g, "-");
}
