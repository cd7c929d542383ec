/** A token with its spaces and line ends made visible. */
export function visibleSpaces(text: string): string {
  return text.replaceAll(" ", "·").replaceAll("\n", "⏎").replaceAll("\t", "⇥");
}

/** A token as a label: without the space before it; spaces alone stay visible. */
export function tokenLabel(text: string): string {
  const trimmed = text.trim();
  return trimmed === "" ? visibleSpaces(text) : trimmed;
}
