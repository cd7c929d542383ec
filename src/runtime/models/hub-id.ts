/** A model of the hub. */
export interface HubId {
  /** `owner/name`. */
  readonly repository: string;
  /** Branch, tag or commit; null for the main branch. */
  readonly revision: string | null;
}

/**
 * Reads `owner/name` or `owner/name@revision`; null for anything else, paths included. Names begin and end with a letter,
 * a digit or `_`, and have no `--` in them, as the hub itself has it.
 */
export function parseHubId(text: string): HubId | null {
  const match = /^(\w(?:[\w.-]*\w)?\/\w(?:[\w.-]*\w)?)(?:@([\w-][\w./-]*))?$/.exec(text);
  if (!match || match[1]!.includes("--") || text.includes("..")) return null;
  return { repository: match[1]!, revision: match[2] ?? null };
}

/** As it is shown, and as the command line takes it. */
export function formatHubId({ repository, revision }: HubId): string {
  return revision === null ? repository : `${repository}@${revision}`;
}

/** Name of its folder among the models of the cache: `owner--name--revision`, with `+` for what is `/` in a revision. */
export function hubFolderName({ repository, revision }: HubId): string {
  const name = repository.replace("/", "--");
  return revision === null ? name : `${name}--${revision.replaceAll("/", "+")}`;
}

/** Whose folder has that name; null where it is no model's of the hub. */
export function parseHubFolderName(name: string): HubId | null {
  const [owner, repository, ...revision] = name.split("--");
  if (repository === undefined) return null;
  // A revision may have `--` in it, or a dash before it.
  const rest = revision.length === 0 ? "" : `@${revision.join("--").replaceAll("+", "/")}`;
  return parseHubId(`${owner}/${repository}${rest}`);
}
