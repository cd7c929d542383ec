import { positionOf, type SourceFile, withoutComments, withoutStrings } from "./source.ts";

const WORD = /\p{L}{2,}/u;

/** Attributes of elements that are read or heard. */
const ATTRIBUTES = /\s(?:title|label|alt|placeholder|caption|aria-label|aria-description)=("[^"]*")/g;

/** What VS Code shows: messages, and the words of picks, inputs, dialogs, tree and status bar items. */
const SHOWN =
  /\bshow(?:Information|Warning|Error)Message\(\s*("[^"\n]*"|`[^`]*`)|\b(?:title|placeHolder|prompt|description|detail|openLabel|label|tooltip|text|message)\s*[:=]\s*("[^"\n]*"|`[^`]*`)/g;

/** Not words: icons such as `$(play)`, values put in, and escapes. */
const NOT_WORDS = /\$\([\w~-]+\)|\$\{[^}]*\}|\$\(\$\{.*?\}\)/g;

/** Text of elements, and attributes with words, that do not come from `t`. */
export function bareElementText(file: SourceFile): readonly string[] {
  const code = withoutComments(file.text);
  const found: string[] = [];
  // Between the end of one tag and what comes next stands text, or code: code has operators or brackets in it.
  for (const match of withoutStrings(code).matchAll(/(?<!=)>([^<>{}]*)(?=[<{])/g)) {
    const text = match[1]!.trim();
    if (WORD.test(text) && !/[=;()|&?[\]"`]/.test(text))
      found.push(`${positionOf(file, match.index)}: ${text}`);
  }
  for (const match of code.matchAll(ATTRIBUTES)) {
    if (WORD.test(match[1]!)) found.push(`${positionOf(file, match.index)}: ${match[0].trim()}`);
  }
  return found;
}

/** Literals that VS Code would show as they are. */
export function bareShownText(file: SourceFile): readonly string[] {
  return [...withoutComments(file.text).matchAll(SHOWN)]
    .filter(match => WORD.test((match[1] ?? match[2]!).replaceAll(NOT_WORDS, "")))
    .map(match => `${positionOf(file, match.index)}: ${match[0]}`);
}
