import type { Words } from "./component.ts";

/** Words in the UI's language: Korean for `ko` and its regions, English for every other. */
export function inLanguage(words: Words, language: string): string {
  return isKorean(language) ? words.ko : words.en;
}

/** Whether a BCP 47 tag is Korean's. */
export function isKorean(language: string): boolean {
  return /^ko\b/i.test(language);
}
