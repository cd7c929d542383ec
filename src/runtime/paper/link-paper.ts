import { linkDocument, type Mention, type Quad, quadsOf } from "../../shared/linking/index.ts";
import { readPaper } from "./read-paper.ts";

/** A page of a paper with its mentions. */
export interface LinkedPage {
  /** From 1. */
  readonly page: number;
  readonly text: string;
  readonly mentions: readonly (Mention & { readonly quads: readonly Quad[] })[];
}

/**
 * The mentions of components on every page of a PDF, with their places in PDF points.
 *
 * @param name how messages call the file.
 * @throws PaperFailure as `readPaper` does.
 */
export async function linkPaper(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<LinkedPage[]> {
  const pages = await readPaper(name, bytes, signal);
  const mentions = linkDocument(pages.map(page => page.content));
  return pages.map(({ page, content, fonts }, index) => ({
    page,
    text: content.text,
    mentions: mentions[index]!.map(mention => ({
      ...mention,
      quads: quadsOf(content, mention.start, mention.end, fonts),
    })),
  }));
}
