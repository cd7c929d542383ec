import { type ComponentId, componentIds } from "../../shared/catalogue/index.ts";
import {
  bibliography,
  definingSentence,
  linkDocument,
  type Mention,
  quoted,
  sentenceAround,
} from "../../shared/linking/index.ts";
import {
  cuesOf,
  type IndexedMention,
  type IndexedPaper,
  type IndexedSentence,
  identityOf,
} from "../../shared/papers/index.ts";
import { readPaper } from "./read-paper.ts";

/** A paper names components no more often than this in the index; what comes after is left out. */
const MOST_MENTIONS = 20_000;
/** Longest spelling of a component that is kept. */
const LONGEST_SURFACE = 200;

/**
 * What the index keeps of a paper: its title, and every mention with its sentence.
 *
 * @param name of the file, for messages and for an arXiv id in it.
 * @param hash SHA-256 of the bytes.
 * @throws PaperFailure as `readPaper` does; the signal's reason.
 */
export async function indexPaper(
  name: string,
  hash: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<IndexedPaper> {
  const pages = (await readPaper(name, bytes, signal)).map(({ content }) => content);
  const texts = pages.map(({ text }) => text);
  const found = linkDocument(pages);
  const { mentions, sentences } = withSentences(texts, found);
  const { title, arxiv } = identityOf(pages[0], name);
  return {
    hash,
    title,
    arxiv,
    pages: pages.length,
    mentions,
    sentences,
    definitions: definitionsOf(texts, found, mentions),
    cues: cuesOf(withoutReferences(texts)),
  };
}

function withSentences(
  texts: readonly string[],
  found: readonly (readonly Mention[])[],
): { mentions: IndexedMention[]; sentences: IndexedSentence[] } {
  const mentions: IndexedMention[] = [];
  const sentences: IndexedSentence[] = [];
  found.forEach((own, index) => {
    const page = index + 1;
    const points = own.length > 0 ? Array.from(texts[index]!) : [];
    for (const { start, end, surface, component } of own) {
      if (mentions.length === MOST_MENTIONS) return;
      const around = sentenceAround(points, start, end);
      const last = sentences.at(-1);
      if (last?.page !== page || last.start !== around.start || last.end < around.end) {
        const text = quoted(around.text);
        sentences.push({ page, start: around.start, end: around.end, text });
      }
      const shown = quoted(surface).slice(0, LONGEST_SURFACE);
      mentions.push({ component, page, start, end, surface: shown, sentence: sentences.length - 1 });
    }
  });
  return { mentions, sentences };
}

function definitionsOf(
  texts: readonly string[],
  found: readonly (readonly Mention[])[],
  mentions: readonly IndexedMention[],
): Record<string, number> {
  const named = new Set<ComponentId>(mentions.map(({ component }) => component));
  const definitions: Record<string, number> = {};
  for (const component of componentIds.filter(id => named.has(id))) {
    const definition = definingSentence(texts, found, component);
    if (definition === null) continue;
    const { page, mention } = definition;
    const at = mentions.findIndex(each => each.page === page + 1 && each.start === mention.start);
    if (at >= 0) definitions[component] = at;
  }
  return definitions;
}

function withoutReferences(texts: readonly string[]): string[] {
  const references = bibliography(texts);
  return texts.map((text, page) =>
    references[page]!.reduceRight((kept, [start, end]) => kept.slice(0, start) + kept.slice(end), text),
  );
}
