import http from "node:http";
import type { Environment } from "./cache.ts";

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"] as const;

/**
 * Sends this process's requests through the proxies that the environment names, in either case: Node does so only when it
 * is told to. For the command line alone: the editor's own settings rule in the extension host, whose requests follow them.
 * @returns puts things back.
 */
export function useProxies(environment: Environment): () => void {
  const named = NAMES.flatMap(name =>
    [name, name.toLowerCase()].flatMap(key => (environment[key] ? [[key, environment[key]] as const] : [])),
  );
  // A Node that lacks it, older than the one that Papertrace is installed with, goes without.
  if (named.length === 0 || typeof http.setGlobalProxyFromEnv !== "function") return () => undefined;
  return http.setGlobalProxyFromEnv(Object.fromEntries(named));
}
