import http from "node:http";
import { t } from "../../shared/l10n.ts";
import type { Environment } from "./cache.ts";

/** What names the proxy for a scheme, the first that is set: its own variable, in lower case first, as curl has it. */
const NAMES = {
  http_proxy: ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
  https_proxy: ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
  no_proxy: ["no_proxy", "NO_PROXY"],
} as const;

/**
 * Sends this process's requests through the proxies that the environment names: Node does so only when it is told to. For
 * the command line alone: the editor's own settings rule in the extension host, whose requests follow them.
 * @returns puts things back.
 * @throws Error naming the variable that holds no address of a proxy.
 */
export function useProxies(environment: Environment): () => void {
  const named = Object.entries(NAMES).flatMap(([kind, names]) => {
    const name = names.find(candidate => environment[candidate]);
    if (name === undefined) return [];
    const value = environment[name]!;
    if (kind !== "no_proxy") checkProxy(name, value);
    return [[kind, value] as const];
  });
  // A Node that lacks it, older than the one that Papertrace is installed with, goes without.
  if (named.length === 0 || typeof http.setGlobalProxyFromEnv !== "function") return () => undefined;
  return http.setGlobalProxyFromEnv(Object.fromEntries(named));
}

function checkProxy(name: string, value: string): void {
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return;
  // What stands before the last @ may be a password.
  const shown = value.replace(/^.*@/s, "…@");
  throw new Error(
    t(
      "{0} is {1}, which is no address of a proxy that can be used. Set it to one such as {2}, or unset it.",
      name,
      shown,
      "http://proxy.example:8080",
    ),
  );
}
