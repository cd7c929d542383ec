import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { HubApiError, type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";
import { t } from "../../shared/l10n.ts";
import type { Environment } from "./cache.ts";
import { DownloadError, reasonOf } from "./connection.ts";
import type { KnownFile } from "./file-digest.ts";
import { formatHubId, type HubId } from "./hub-id.ts";
import { huggingFaceHome } from "./huggingface-cache.ts";

/** A revision of a repository of the hub. */
export interface HubRevision {
  /** What the revision is now, 40 hexadecimal digits. */
  readonly commit: string;
  /** At its root, with the hash that the hub states for each. */
  readonly files: readonly KnownFile[];
}

/** The hub, or the mirror that `HF_ENDPOINT` names. */
export function hubEndpoint(environment: Environment = process.env): string {
  return (environment.HF_ENDPOINT || "https://huggingface.co").replace(/\/+$/, "");
}

/** Address of a file of a repository. */
export function hubFileUrl(
  repository: string,
  revision: string,
  file: string,
  environment: Environment = process.env,
): string {
  return `${hubEndpoint(environment)}/${repository}/resolve/${encodeURIComponent(revision)}/${file}`;
}

/** The reader's access token, as Hugging Face's libraries find it; null where there is none. */
export async function hubToken(environment: Environment): Promise<string | null> {
  const named = environment.HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN;
  const path = environment.HF_TOKEN_PATH || join(huggingFaceHome(environment), "token");
  const token = named || (await readFile(path, "utf8").catch(() => ""));
  return token.trim() || null;
}

/**
 * What a repository holds.
 * @throws DownloadError that says what is missing: the repository, the revision, the right to read it, or the network.
 */
export async function hubRevision(
  id: HubId,
  environment: Environment,
  token: string | null,
  signal?: AbortSignal,
): Promise<HubRevision> {
  const send: typeof fetch = (address, init) => {
    const headers = new Headers(init?.headers);
    // Not through the library, which knows only tokens that the hub itself gives out: a mirror's may look otherwise.
    if (token !== null) headers.set("authorization", `Bearer ${token}`);
    return fetch(address, { ...init, headers, signal: signal ?? null });
  };
  const options = { hubUrl: hubEndpoint(environment), fetch: send };
  try {
    const { sha } = await modelInfo({
      ...options,
      name: id.repository,
      revision: id.revision ?? "main",
      additionalFields: ["sha"],
    });
    if (typeof sha !== "string") throw new TypeError(t("the answer names no commit"));
    const files: KnownFile[] = [];
    for await (const entry of listFiles({ ...options, repo: id.repository, revision: sha })) {
      const file = knownFile(entry);
      if (file !== null) files.push(file);
    }
    return { commit: sha, files };
  } catch (error) {
    signal?.throwIfAborted();
    throw hubError(error, id, environment, token);
  }
}

function knownFile({ type, path, size, oid, lfs }: ListFileEntry): KnownFile | null {
  if (type !== "file" || path.includes("/") || path.startsWith(".")) return null;
  if (lfs) return { name: path, bytes: lfs.size, sha256: lfs.oid };
  return oid ? { name: path, bytes: size, gitSha1: oid } : null;
}

/** The same failure in words that say what to do. */
export function hubError(
  error: unknown,
  id: HubId,
  environment: Environment,
  token: string | null,
): DownloadError {
  const name = formatHubId(id);
  const page = `${hubEndpoint(environment)}/${id.repository}`;
  const status = statusOf(error);
  const cause = { cause: error, ...(status === null ? {} : { status }) };
  if (status === 401 && token === null) {
    return new DownloadError(
      t(
        "{0} is private, gated or not there: see {1}, and set HF_TOKEN to an access token that may read it.",
        name,
        page,
      ),
      cause,
    );
  }
  if (status === 401) {
    return new DownloadError(
      t("The hub does not accept the access token in HF_TOKEN for {0}; see {1}.", name, page),
      cause,
    );
  }
  if (status === 403) {
    return new DownloadError(
      t("{0} is gated: accept its terms at {1} with the account that HF_TOKEN belongs to.", name, page),
      cause,
    );
  }
  if (status === 404) {
    return new DownloadError(
      id.revision === null
        ? t("There is no model {0}; see {1}.", name, page)
        : t(
            "There is no model {0}, or it has no revision {1}; see {2}.",
            id.repository,
            id.revision,
            `${page}/tree/main`,
          ),
      cause,
    );
  }
  return new DownloadError(t("{0} could not be read: {1}", page, reasonOf(error)), cause);
}

function statusOf(error: unknown): number | null {
  if (error instanceof HubApiError) return error.statusCode;
  return error instanceof DownloadError ? error.status : null;
}
