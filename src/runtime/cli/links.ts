import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { components } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { Mention, Quad } from "../../shared/linking/index.ts";
import { linkPython } from "../../shared/linking/python.ts";
import { linkPaper } from "../paper/link-paper.ts";
import { type Command, UsageError } from "./command.ts";

/** What `links --json` prints. */
interface Links {
  readonly pages: readonly {
    readonly page: number;
    readonly text: string;
    readonly mentions: readonly (Mention & Place)[];
  }[];
}

/** In a paper, one quad per line; in a source, the line from 1 and the column from 0, in code points. */
type Place = { readonly quads: readonly Quad[] } | { readonly line: number; readonly column: number };

/** A PDF or a source larger than this is not one that a person reads. */
const LARGEST = 1 << 30;

export const linksCommand: Command = {
  name: "links",
  usage: "links FILE.pdf|FILE.py [--json]",
  async run(argv, io) {
    const unknown = argv.find(argument => argument.startsWith("--") && argument !== "--json");
    if (unknown !== undefined) throw new UsageError(t("links has no option {0}.", unknown));
    const [file, ...rest] = argv.filter(argument => argument !== "--json");
    if (file === undefined || rest.length > 0)
      throw new UsageError(t("links takes one file: a PDF or a Python source."));
    const links = await linkFile(file, io.signal);
    io.out(argv.includes("--json") ? JSON.stringify(links) : summary(links));
    return 0;
  },
};

async function linkFile(file: string, signal: AbortSignal): Promise<Links> {
  const bytes = await read(file, signal);
  if (extname(file).toLowerCase() === ".py") return { pages: [linkSource(bytes.toString("utf8"))] };
  return { pages: await linkPaper(file, bytes, signal) };
}

async function read(file: string, signal: AbortSignal): Promise<Buffer> {
  const status = await stat(file).catch(() => null);
  if (status === null)
    throw new Error(t("{0} does not exist. Give the path of a PDF or a Python source.", file));
  if (!status.isFile())
    throw new Error(t("{0} is not a file. Give the path of a PDF or a Python source.", file));
  if (status.size > LARGEST)
    throw new Error(t("{0} is larger than 1 GiB; papers and sources are smaller.", file));
  return readFile(file, { signal });
}

function linkSource(source: string): Links["pages"][number] {
  const lines = source.split("\n");
  let unit = 0;
  let point = 0;
  const mentions = linkPython(source).map(({ start, line, column, name, component }) => {
    point += codePoints(source.slice(unit, start));
    unit = start;
    return {
      start: point,
      end: point + codePoints(name),
      surface: name,
      component,
      line,
      column: codePoints(lines[line - 1]!.slice(0, column)),
    };
  });
  return { page: 1, text: source, mentions };
}

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** For people: each component with its number of mentions and where it comes first. */
function summary({ pages }: Links): string {
  const rows = components.flatMap(({ id, name }) => {
    const found = pages.flatMap(page =>
      page.mentions.filter(mention => mention.component === id).map(mention => ({ page, mention })),
    );
    const first = found[0];
    if (first === undefined) return [];
    const place =
      "line" in first.mention
        ? t("first on line {0}", first.mention.line)
        : t("first on page {0}", first.page.page);
    return [`${String(found.length).padStart(5)}  ${name.en} (${place})`];
  });
  return rows.length > 0 ? rows.join("\n") : t("No component of the catalogue is mentioned.");
}
