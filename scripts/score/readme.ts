import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../project.ts";
import type { Scores } from "./score.ts";

const BEGIN = "<!-- scores: written by `npm run score -- --write-readme` -->";
const END = "<!-- end of scores -->";

/**
 * Writes the list of what is exact between its two marks in README.md.
 * @throws Error where the marks are not there.
 */
export function writeReadme(all: readonly Scores[]): void {
  const path = join(projectDirectory, "README.md");
  const text = readFileSync(path, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md lacks the lines\n${BEGIN}\n${END}`);
  const list = all.map(describe).join("\n\n");
  writeFileSync(path, `${text.slice(0, begin + BEGIN.length)}\n\n${list}\n\n${text.slice(end)}`);
}

/** The figure, and what lacks, on the page; the long list of names folded away. */
function describe({ what, scores }: Scores): string {
  const exact = scores.filter(({ reason }) => reason === null).map(({ name }) => name.split("/")[0]!);
  const left = scores.filter(({ reason }) => reason !== null).map(({ name }) => name);
  const lacking = left.length > 0 ? ` Not: ${left.join(", ")}.` : "";
  const names = [...new Set(exact)].sort().join(", ");
  return `<details><summary>${what}: ${exact.length} of ${scores.length}.${lacking}</summary>\n\n${names}.\n\n</details>`;
}
