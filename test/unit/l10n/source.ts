import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { projectDirectory } from "../../support/paths.ts";

export interface SourceFile {
  /** Relative to the project, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file below a folder of the project whose name ends in one of the endings. */
export function filesBelow(folder: string, ...endings: readonly string[]): readonly SourceFile[] {
  return readdirSync(join(projectDirectory, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && endings.some(ending => entry.name.endsWith(ending)))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(file => ({
      path: relative(projectDirectory, file).replaceAll("\\", "/"),
      text: readFileSync(file, "utf8"),
    }));
}

/** `path:line` of a position. */
export function positionOf({ path, text }: SourceFile, index: number): string {
  return `${path}:${text.slice(0, index).split("\n").length}`;
}

/** Strings, templates, regular expressions, and comments as the first group. */
const TOKENS =
  /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|(?<=[=(,:;!&|?]\s*)\/(?![/*>])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/|(\/\/[^\n]*|\/\*[\s\S]*?\*\/)/g;

/** Comments become spaces. Positions stay as they are. */
export function withoutComments(text: string): string {
  return text.replace(TOKENS, (found, comment) => (comment === undefined ? found : blank(found)));
}

/** Comments, and contents of strings, become spaces, so that brackets and words in them do not count. */
export function withoutStrings(text: string): string {
  return text.replace(TOKENS, (found, comment) =>
    comment === undefined ? found[0] + blank(found.slice(1, -1)) + found.at(-1) : blank(found),
  );
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, " ");
}
