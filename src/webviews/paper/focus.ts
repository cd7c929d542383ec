/** Buttons that stand for what is linked. */
export const PARTS = ".mention, .equation, .equation-symbol";

let quiet = false;

/** Puts the keyboard where the reader was: nothing opens for it, and nothing scrolls. */
export function focusQuietly(element: HTMLElement): void {
  quiet = true;
  element.focus({ preventScroll: true });
  quiet = false;
}

/** Whether the focus that comes now was put there by `focusQuietly`. */
export function isQuiet(): boolean {
  return quiet;
}

/** Whether the keyboard is at a part of the paper. */
export function isAtPart(): boolean {
  return document.hasFocus() && document.activeElement?.matches(PARTS) === true;
}

/** Whether the keyboard is in this page and nowhere in it, or at the paper as a whole. */
export function isAtNothing(): boolean {
  const { activeElement } = document;
  return (
    document.hasFocus() && (activeElement === document.body || activeElement?.matches(".pages") === true)
  );
}
