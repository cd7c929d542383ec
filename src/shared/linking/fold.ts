/**
 * A text in the form in which terms are looked up, with the same length in code units, so that offsets agree: lower case,
 * every hyphen and dash as `-`, every white space as a space.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  const same = lower.length === text.length ? lower : Array.from(text, foldCharacter).join("");
  return same
    .replace(/[\u00ad\u2010-\u2015\u2212]/g, "-")
    .replace(/[^\S ]/g, " ")
    .replace(/[’‘]/g, "'");
}

/** Lower case where that keeps the length. */
function foldCharacter(character: string): string {
  const lower = character.toLowerCase();
  return lower.length === character.length ? lower : character;
}
