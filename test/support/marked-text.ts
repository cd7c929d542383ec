/** A sentence without its brackets, and where they stood; brackets inside brackets belong to the text. */
export function unmark(marked: string): { text: string; spans: [number, number][] } {
  let text = "";
  let depth = 0;
  const spans: [number, number][] = [];
  for (const character of marked) {
    if (character === "[" && ++depth === 1) spans.push([text.length, text.length]);
    else if (character === "]" && --depth === 0) spans.at(-1)![1] = text.length;
    else text += character;
  }
  return { text, spans };
}
