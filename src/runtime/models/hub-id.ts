/** A model of the hub. */
export interface HubId {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit; null for the main branch. */
  readonly revision: string | null;
}

/** Reads `owner/name` or `owner/name@revision`; null for anything else, paths included. */
export function parseHubId(text: string): HubId | null {
  const match = /^([\w-][\w.-]*\/[\w-][\w.-]*)(?:@([\w-][\w./-]*))?$/.exec(text);
  if (!match || match[2]?.includes("..")) return null;
  return { repository: match[1]!, revision: match[2] ?? null };
}

/** As it is shown, and as the command line takes it. */
export function formatHubId({ repository, revision }: HubId): string {
  return revision === null ? repository : `${repository}@${revision}`;
}

/** Name of its folder among the models of the cache. */
export function hubFolderName({ repository, revision }: HubId): string {
  const name = repository.replace("/", "--");
  return revision === null ? name : `${name}--${revision.replaceAll("/", "-")}`;
}
