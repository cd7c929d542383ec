/** Words of the text layer that a search has found, where they begin and end. */
export interface FoundWords {
  readonly start: TextPoint;
  readonly end: TextPoint;
}

/** A place in one piece of text, counted in characters of all that it holds. */
interface TextPoint {
  readonly piece: Element;
  readonly offset: number;
}

/** The match that the search stands at; null where there is none on a page that is drawn. */
export function chosenMatch(): FoundWords | null {
  const marks = [...document.querySelectorAll(".textLayer .highlight.selected")];
  const first = marks[0];
  const last = marks.at(-1);
  if (!first?.parentElement || !last?.parentElement) return null;
  const end = before(last) + (last.textContent?.length ?? 0);
  return {
    start: { piece: first.parentElement, offset: before(first) },
    end: { piece: last.parentElement, offset: end },
  };
}

/** Selects words, whose marks have been taken away meanwhile. */
export function select({ start, end }: FoundWords): void {
  const from = nodeAt(start);
  const to = nodeAt(end);
  if (from === null || to === null) return;
  document.getSelection()?.setBaseAndExtent(from, start.offset, to, end.offset);
}

function before(mark: Element): number {
  const range = document.createRange();
  range.setStart(mark.parentElement!, 0);
  range.setEndBefore(mark);
  return range.toString().length;
}

/** A piece whose marks are gone holds one text. */
function nodeAt({ piece, offset }: TextPoint): Text | null {
  const node = piece.firstChild;
  return node instanceof Text && offset <= node.length ? node : null;
}
