/**
 * Words for people. Messages are written in English where they are used, with {0}, {1}, … for arguments; other languages
 * are bundles keyed by the English message (`media/l10n/bundle.l10n.<language>.json`, VS Code's own form). Every process
 * is given its bundle when it starts.
 */
export function t(message: string, ...values: readonly (string | number)[]): string {
  const text = bundle[message] ?? message;
  return text.replace(/\{(\d+)\}/g, (whole, index) => {
    const value = values[Number(index)];
    return value === undefined ? whole : String(value);
  });
}

export type Bundle = Readonly<Record<string, string>>;

let bundle: Bundle = {};

export function setBundle(next: Bundle): void {
  bundle = next;
}

/** What `t` speaks here, to hand on to a process that is started from here. */
export function currentBundle(): Bundle {
  return bundle;
}
