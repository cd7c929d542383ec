import { t } from "../../shared/l10n.ts";
import type { Environment } from "./cache.ts";
import { DownloadError } from "./connection.ts";
import { type HubToken, hubEndpoint } from "./hub.ts";
import { formatHubId, type HubId } from "./hub-id.ts";

/** What the hub refuses, in words that say what to do; any other failure as it is. */
export function hubError(
  error: DownloadError,
  id: HubId,
  environment: Environment,
  token: HubToken | null,
): DownloadError {
  const endpoint = hubEndpoint(environment);
  // What another site refuses, such as the store of the files, says nothing of the reader's rights.
  if (error.site !== new URL(endpoint).origin) return error;
  const message = messageOf(error.status, id, `${endpoint}/${id.repository}`, token);
  if (message === null) return error;
  return new DownloadError(message, { cause: error, status: error.status!, site: error.site });
}

function messageOf(status: number | null, id: HubId, page: string, token: HubToken | null): string | null {
  const name = formatHubId(id);
  if (status === 401) {
    return token === null
      ? t(
          "{0} is private, gated or not there: see {1}, and set HF_TOKEN to an access token that may read it.",
          name,
          page,
        )
      : t(
          "The hub does not accept the access token in {0} for {1}; see {2}. Make a new one, or take it away if the model is public.",
          token.source,
          name,
          page,
        );
  }
  if (status === 403) {
    return token === null
      ? t(
          "{0} may not be read: {1} answers HTTP 403. If it is gated, accept its terms there and set HF_TOKEN to an access token of that account; if not, your network may forbid it.",
          name,
          page,
        )
      : t(
          "{0} is gated: accept its terms at {1} with the account that the access token in {2} belongs to, and see that this token may read gated models.",
          name,
          page,
          token.source,
        );
  }
  if (status === 404) {
    return id.revision === null
      ? t("There is no model {0}; see {1}.", name, page)
      : t(
          "There is no model {0}, or it has no revision {1}; see {2}.",
          id.repository,
          id.revision,
          `${page}/tree/main`,
        );
  }
  return null;
}
