import { readFile } from "node:fs/promises";
import { validateHeaderValue } from "node:http";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { Environment } from "./cache.ts";
import { DownloadError } from "./connection.ts";
import { huggingFaceHome } from "./huggingface-cache.ts";

const HUB = "https://huggingface.co";

/**
 * The hub, or the mirror that `HF_ENDPOINT` names, without a slash at its end.
 * @throws DownloadError where that is no address.
 */
export function hubEndpoint(environment: Environment = process.env): string {
  const endpoint = (environment.HF_ENDPOINT?.trim() || HUB).replace(/\/+$/, "");
  if (URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)) return endpoint;
  throw new DownloadError(
    t("HF_ENDPOINT is {0}, which is no address of a hub. Set it to one such as {1}.", endpoint, HUB),
  );
}

/** Address of a file of a repository. */
export function hubFileUrl(
  repository: string,
  revision: string,
  file: string,
  environment: Environment = process.env,
): string {
  const path = `${encodeURIComponent(revision)}/${encodeURIComponent(file)}`;
  return `${hubEndpoint(environment)}/${repository}/resolve/${path}`;
}

/** The reader's access token. */
export interface HubToken {
  /** What a request's `authorization` header says. */
  readonly authorization: string;
  /** Where it was found: a variable of the environment, or a file. */
  readonly source: string;
}

/**
 * The reader's access token, as Hugging Face's libraries find it; null where there is none.
 * @throws DownloadError, which does not show it, for one that cannot be sent.
 */
export async function hubToken(environment: Environment): Promise<HubToken | null> {
  const variable = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"].find(name => environment[name]?.trim());
  const path = environment.HF_TOKEN_PATH || join(huggingFaceHome(environment), "token");
  const source = variable ?? path;
  const token = (variable ? environment[variable]! : await readFile(path, "utf8").catch(() => "")).trim();
  if (token === "") return null;
  const authorization = `Bearer ${token}`;
  try {
    validateHeaderValue("authorization", authorization);
  } catch {
    // What it threw is not handed on: a message about a token must never hold it.
    throw new DownloadError(
      t(
        "The access token in {0} cannot be sent: a line break or another character that no token has is in it. Copy it again from {1}.",
        source,
        `${hubEndpoint(environment)}/settings/tokens`,
      ),
    );
  }
  return { authorization, source };
}
