import type { TextQuote } from "../../shared/notes/index.ts";

/** Characters before and after a selection that tell it from the same words elsewhere. */
const CONTEXT = 64;

/** What is selected in the paper. */
export interface SelectedPassage {
  readonly quote: TextQuote;
  /** Of the first page that it touches, from 1. */
  readonly page: number;
  /** Where its end is on the screen, client pixels. */
  readonly end: DOMRect;
}

/** The passage that is selected in the pages; null where nothing is, or something else. */
export function selectedPassage(container: HTMLElement): SelectedPassage | null {
  const parts = selectedParts(container);
  const first = parts[0];
  const last = parts.at(-1);
  if (first === undefined || last === undefined) return null;
  return {
    quote: {
      exact: parts.map(({ part }) => part.toString()).join(" "),
      prefix: before(first.layer, first.part),
      suffix: after(last.layer, last.part),
    },
    page: Number(first.layer.closest<HTMLElement>(".page")?.dataset.pageNumber),
    end: endOf(document.getSelection()!.getRangeAt(0)),
  };
}

/** What is selected of one page's text. */
export interface SelectedPart {
  readonly layer: HTMLElement;
  readonly part: Range;
}

/** What is selected in the pages, page by page. */
export function selectedParts(container: HTMLElement): SelectedPart[] {
  const selection = document.getSelection();
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return [];
  const range = selection.getRangeAt(0);
  if (!container.contains(range.commonAncestorContainer)) return [];
  return [...container.querySelectorAll<HTMLElement>(".textLayer")]
    .filter(layer => range.intersectsNode(layer))
    .map(layer => ({ layer, part: within(range, layer) }))
    .filter(({ part }) => part.toString().trim() !== "");
}

/** The part of a range that is in one page's text. */
function within(range: Range, layer: HTMLElement): Range {
  const part = document.createRange();
  part.selectNodeContents(layer);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0)
    part.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0)
    part.setEnd(range.endContainer, range.endOffset);
  return part;
}

function before(layer: HTMLElement, part: Range): string {
  const range = document.createRange();
  range.selectNodeContents(layer);
  range.setEnd(part.startContainer, part.startOffset);
  return range.toString().slice(-CONTEXT);
}

function after(layer: HTMLElement, part: Range): string {
  const range = document.createRange();
  range.selectNodeContents(layer);
  range.setStart(part.endContainer, part.endOffset);
  return range.toString().slice(0, CONTEXT);
}

function endOf(range: Range): DOMRect {
  const lines = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
  return lines.at(-1) ?? range.getBoundingClientRect();
}
