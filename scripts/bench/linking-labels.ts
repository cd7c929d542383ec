import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LinkedPage } from "../../src/runtime/paper/link-paper.ts";
import { components } from "../../src/shared/catalogue/index.ts";
import { projectDirectory } from "../project.ts";
import type { Count } from "./counts.ts";

/** A span of a page with the component that a reader found it to name. */
export interface MentionLabel {
  readonly surface: string;
  /** Counted from 1 among all places of the page where `surface` starts. */
  readonly occurrence: number;
  /** In a list each is right; null: linked or not, it is never counted. */
  readonly component: string | readonly string[] | null;
}

/** Pages of one paper with all their mentions; `sha256` is that of the file which was read. */
export interface LabelledPaper {
  readonly paper: string;
  readonly sha256: string;
  readonly set: "tuned" | "held-out";
  readonly pages: Readonly<Record<string, readonly MentionLabel[]>>;
}

/** A mention that was linked wrongly, or not. */
export interface LinkMistake {
  readonly kind: "wrong" | "missed";
  readonly page: number;
  readonly surface: string;
  readonly component: string;
  /** The page's text around it. */
  readonly context: string;
}

/** Every labelled paper, in alphabetical order. */
export function labelledPapers(): LabelledPaper[] {
  const folder = join(projectDirectory, "test", "fixtures", "linking", "labels");
  return readdirSync(folder)
    .filter(file => file.endsWith(".json"))
    .sort()
    .map(file => JSON.parse(readFileSync(join(folder, file), "utf8")) as LabelledPaper);
}

/** The bytes of a labelled paper from a folder. @throws Error where another file has its name */
export function readLabelled({ paper, sha256 }: LabelledPaper, folder: string): Uint8Array {
  const bytes = readFileSync(join(folder, paper));
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw new Error(`${paper} is not the file whose pages were labelled: ${found}`);
  return bytes;
}

/**
 * Compares linked pages with their labels by overlap and component. A label counts once: as found where any mention that
 * overlaps it has its component; a mention that overlaps no label with its component is wrong, unless one of those may be
 * anything.
 */
export function compareMentions(
  { pages }: Pick<LabelledPaper, "pages">,
  linked: readonly Pick<LinkedPage, "page" | "text" | "mentions">[],
): { readonly counts: ReadonlyMap<string, Count>; readonly mistakes: readonly LinkMistake[] } {
  const counts = new Map<string, Count>(components.map(({ id }) => [id, { right: 0, wrong: 0, missed: 0 }]));
  const mistakes: LinkMistake[] = [];
  for (const [number, labels] of Object.entries(pages)) {
    const page = linked.find(each => each.page === Number(number));
    if (!page) throw new Error(`page ${number} is not there`);
    const spans = labels.map(label => spanOf(label, page));
    const { mentions } = page;
    const note = (kind: LinkMistake["kind"], component: string, { start, end, surface }: Span) => {
      counts.get(component)![kind]++;
      const around = [...page.text].slice(Math.max(0, start - 50), end + 50).join("");
      const context = around.replaceAll("\n", " ");
      mistakes.push({ kind, page: page.page, surface, component, context });
    };
    for (const mention of mentions) {
      const over = spans.filter(span => overlaps(span, mention));
      if (!over.some(({ component }) => fits(component, mention.component)))
        note("wrong", mention.component, mention);
    }
    for (const span of spans) {
      if (span.component === null) continue;
      const [id] = [span.component].flat() as [string];
      if (mentions.some(mention => overlaps(span, mention) && fits(span.component, mention.component)))
        counts.get(id)!.right++;
      else note("missed", id, span);
    }
  }
  return { counts, mistakes };
}

/** Code points; `end` is exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly surface: string;
}

function spanOf(
  { surface, occurrence, component }: MentionLabel,
  { page, text }: { page: number; text: string },
) {
  const flat = text.replaceAll("\n", " ");
  let at = -1;
  for (let found = 0; found < occurrence; found++) {
    at = flat.indexOf(surface, at + 1);
    if (at < 0) throw new Error(`page ${page} has no occurrence ${occurrence} of “${surface}”`);
  }
  const start = [...flat.slice(0, at)].length;
  return { start, end: start + [...surface].length, surface, component };
}

function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

function fits(labelled: MentionLabel["component"], component: string): boolean {
  return labelled === null || [labelled].flat().includes(component);
}
