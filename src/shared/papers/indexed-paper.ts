import * as v from "valibot";
import { componentIds } from "../catalogue/index.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const mentionSchema = v.object({
  component: v.picklist(componentIds),
  /** From 1. */
  page: count,
  /** Code points of the page's text. */
  start: count,
  end: count,
  surface: v.pipe(v.string(), v.maxLength(200)),
  /** Index into `sentences`. */
  sentence: count,
});

const sentenceSchema = v.object({
  /** From 1. */
  page: count,
  /** Code points of the page's text. */
  start: count,
  end: count,
  /** On one line. */
  text: v.pipe(v.string(), v.maxLength(2_000)),
});

export const indexedPaperSchema = v.object({
  /** SHA-256 of the file's bytes, in hexadecimal digits. */
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** As printed at the head of its first page; null where nothing stands out there. */
  title: v.nullable(v.pipe(v.string(), v.maxLength(300))),
  /** Null where neither the first page nor the file's name bears one; the version only where it is stated. */
  arxiv: v.nullable(v.object({ id: v.pipe(v.string(), v.maxLength(40)), version: v.nullable(count) })),
  pages: count,
  mentions: v.array(mentionSchema),
  sentences: v.array(sentenceSchema),
  /** For each component that a sentence defines, the index of that mention. */
  definitions: v.record(v.string(), count),
  /** What kind of model it is about, by its words. */
  cues: v.object({ words: count, counts: v.record(v.string(), count) }),
});

/** A paper as the index keeps it. */
export type IndexedPaper = v.InferOutput<typeof indexedPaperSchema>;
export type IndexedMention = v.InferOutput<typeof mentionSchema>;
export type IndexedSentence = v.InferOutput<typeof sentenceSchema>;
