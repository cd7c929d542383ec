import { satisfies, valid, validRange } from "@renovatebot/pep440";

/**
 * Whether a release is among those that a specifier such as `>=3.9,!=3.10.*` allows (PEP 440), one that came before its
 * release too. What is no release number, or no specifier, allows nothing.
 */
export function allows(specifier: string, release: string): boolean {
  if (valid(release) === null) return false;
  return specifier === "" || (validRange(specifier) && satisfies(release, specifier, { prereleases: true }));
}
