/** Whether things may move: not where the reader asked for less motion, nor in high contrast. */
export function mayMove(): boolean {
  const { classList } = document.body;
  return !(
    classList.contains("vscode-reduce-motion") ||
    classList.contains("vscode-high-contrast") ||
    matchMedia("(prefers-reduced-motion: reduce)").matches
  );
}
