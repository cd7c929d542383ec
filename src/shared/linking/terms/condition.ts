import type { DocumentFacts } from "../document-facts.ts";

/** When a spelling that means several things is a mention. Everything that is given has to hold. */
export interface Condition {
  /** Fits what comes right before; folded text, at most 80 characters. */
  readonly before?: RegExp;
  readonly notBefore?: RegExp;
  /** Fits what comes right after. */
  readonly after?: RegExp;
  readonly notAfter?: RegExp;
  /** Occurs within 100 characters on either side. */
  readonly near?: RegExp;
  readonly notNear?: RegExp;
  /** Is all that its line holds, as a figure's label is. */
  readonly alone?: true;
  /** What the whole document has to be about. */
  readonly document?: (facts: DocumentFacts) => boolean;
  /** One of these holds as well. */
  readonly any?: readonly Condition[];
}

const SIDE = 80;
const NEAR = 100;

/** A text in its own form and in the one in which terms are looked up. */
export interface Folded {
  readonly text: string;
  readonly folded: string;
}

/** Whether the span of a folded text (lower case, plain hyphens and spaces) meets a condition. */
export function holds(
  condition: Condition,
  around: Folded,
  start: number,
  end: number,
  facts: DocumentFacts,
): boolean {
  const { text, folded } = around;
  if (condition.any?.every(other => !holds(other, around, start, end, facts))) return false;
  if (condition.document !== undefined && !condition.document(facts)) return false;
  if (condition.before !== undefined || condition.notBefore !== undefined) {
    const before = folded.slice(Math.max(0, start - SIDE), start);
    if (condition.before !== undefined && !condition.before.test(before)) return false;
    if (condition.notBefore?.test(before)) return false;
  }
  if (condition.after !== undefined || condition.notAfter !== undefined) {
    const after = folded.slice(end, end + SIDE);
    if (condition.after !== undefined && !condition.after.test(after)) return false;
    if (condition.notAfter?.test(after)) return false;
  }
  if (condition.near !== undefined || condition.notNear !== undefined) {
    const near = `${folded.slice(Math.max(0, start - NEAR), start)} ${folded.slice(end, end + NEAR)}`;
    if (condition.near !== undefined && !condition.near.test(near)) return false;
    if (condition.notNear?.test(near)) return false;
  }
  return condition.alone !== true || (isLineEnd(text, start - 1) && isLineEnd(text, end));
}

function isLineEnd(text: string, at: number): boolean {
  return text[at] === undefined || text[at] === "\n";
}
