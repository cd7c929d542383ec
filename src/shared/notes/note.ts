import * as v from "valibot";
import { type ComponentId, isComponentId } from "../catalogue/index.ts";

/** A passage by its words and those around it, as the W3C's TextQuoteSelector has it (Web Annotation Data Model, 4.2.4). */
export interface TextQuote {
  readonly exact: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** What a reader marked in a paper and wrote beside it. */
export interface Note {
  readonly id: string;
  /** From 1, in the version of the paper in which the passage was marked. */
  readonly page: number;
  /** Code points of that page's text before the passage. */
  readonly start: number;
  readonly quote: TextQuote;
  /** Empty for a passage that is only highlighted. */
  readonly text: string;
  readonly component: ComponentId | null;
  /** When it was made, ISO 8601. */
  readonly created: string;
}

const quoteSchema = v.strictObject({
  exact: v.pipe(v.string(), v.minLength(1), v.maxLength(20_000)),
  prefix: v.pipe(v.string(), v.maxLength(200)),
  suffix: v.pipe(v.string(), v.maxLength(200)),
});

export const noteSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[\w-]{1,40}$/)),
  page: v.pipe(v.number(), v.integer(), v.minValue(1)),
  start: v.pipe(v.number(), v.integer(), v.minValue(0)),
  quote: quoteSchema,
  text: v.pipe(v.string(), v.maxLength(100_000)),
  component: v.nullable(v.custom<ComponentId>(id => typeof id === "string" && isComponentId(id))),
  created: v.pipe(v.string(), v.isoTimestamp()),
});

const fileSchema = v.looseObject({ paper: v.string(), notes: v.array(noteSchema) });

/** In the order of the paper. */
export function sorted(notes: readonly Note[]): Note[] {
  return [...notes].sort(
    (a, b) => a.page - b.page || a.start - b.start || compare(a.created, b.created) || compare(a.id, b.id),
  );
}

/** The notes on a paper as the text of their file: one value a line, in the order of the paper, so that changes read well. */
export function writeNotes(paper: string, notes: readonly Note[]): string {
  const entries = sorted(notes).map(({ id, page, start, quote, text, component, created }) => ({
    id,
    page,
    start,
    quote: { exact: quote.exact, prefix: quote.prefix, suffix: quote.suffix },
    text,
    component,
    created,
  }));
  return `${JSON.stringify({ paper, notes: entries }, null, 2)}\n`;
}

/**
 * The notes in the text of their file.
 *
 * @throws SyntaxError for what is no JSON; Error for what are no notes, naming the place.
 */
export function readNotes(text: string): Note[] {
  const parsed = v.safeParse(fileSchema, JSON.parse(text.replace(/^\ufeff/, "")));
  if (!parsed.success) throw new Error(v.summarize(parsed.issues));
  return sorted(parsed.output.notes);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
