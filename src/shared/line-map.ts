/**
 * Where the lines of an earlier text are in a later one: for each line from 0 its new number, or -1 where it was changed
 * or taken away. Lines at both ends that are the same map to each other; between, those that occur once in both and stay
 * in order.
 */
export function mapLines(before: readonly string[], after: readonly string[]): Int32Array {
  const map = new Int32Array(before.length).fill(-1);
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) map[start] = start++;
  let end = 0;
  while (end < least - start && before[before.length - 1 - end] === after[after.length - 1 - end]) {
    map[before.length - 1 - end] = after.length - 1 - end;
    end++;
  }
  const once = (lines: readonly string[]) => {
    const places = new Map<string, number>();
    for (let line = start; line < lines.length - end; line++)
      places.set(lines[line]!, places.has(lines[line]!) ? -1 : line);
    return places;
  };
  const later = once(after);
  let last = start - 1;
  for (const [text, line] of once(before)) {
    const place = line < 0 ? -1 : (later.get(text) ?? -1);
    if (place <= last) continue;
    map[line] = place;
    last = place;
  }
  // Neighbours of what is known, above and below.
  for (let line = start; line < before.length - end; line++) {
    const above = line > 0 ? map[line - 1]! : -1;
    if (map[line]! < 0 && above >= 0 && before[line] === after[above + 1]) map[line] = above + 1;
  }
  return map;
}
