import { t } from "../../shared/l10n.ts";
import { continueOrStop } from "./continuation.tsx";
import { choose, editingPrompt, hovered, moveModule, panel, playing, showingKeys, state } from "./store.ts";
import { type ViewDocument, viewOf } from "./view.ts";

interface Key {
  readonly keys: readonly string[];
  /** As it is written in the list of keys. */
  readonly shown: string;
  readonly meaning: () => string;
  readonly press: (view: ViewDocument, key: string) => void;
}

const ARROWS: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Every key of a panel; the list that `?` shows is made from this one. */
export const KEYS: readonly Key[] = [
  {
    keys: Object.keys(ARROWS),
    shown: "← ↑ → ↓",
    meaning: () => t("Move the cursor"),
    press: (view, key) => viewOf(view).move(view, ...ARROWS[key]!),
  },
  {
    keys: ["Enter"],
    shown: "Enter",
    meaning: () => t("Keep the cell under the cursor"),
    press: view => {
      if (hovered.value) viewOf(view).pin(view, hovered.value);
    },
  },
  {
    keys: ["Escape"],
    shown: "Esc",
    meaning: () => t("Let it go"),
    press: () => {
      if (showingKeys.value) showingKeys.value = false;
      else if (hovered.value) hovered.value = null;
      else choose({ cell: null });
    },
  },
  {
    keys: ["[", "]"],
    shown: "[ ]",
    meaning: () => t("Layer before, layer after"),
    press: (_view, key) => moveModule(key === "]" ? 1 : -1),
  },
  {
    keys: [",", "."],
    shown: ", .",
    meaning: () => t("Head before, head after"),
    press: (view, key) => moveHead(viewOf(view).heads(view), key === "." ? 1 : -1),
  },
  {
    keys: [" "],
    shown: "Space",
    meaning: () => t("Play or pause the steps"),
    press: () => {
      playing.value = !playing.value;
    },
  },
  {
    keys: ["/"],
    shown: "/",
    meaning: () => t("Edit the text"),
    press: () => {
      editingPrompt.value = true;
    },
  },
  {
    keys: ["g"],
    shown: "g",
    meaning: () => t("Continue the text, or stop"),
    press: continueOrStop,
  },
  {
    keys: ["?"],
    shown: "?",
    meaning: () => t("Show or hide this list"),
    press: () => {
      showingKeys.value = !showingKeys.value;
    },
  },
];

/** Keys that a control under the focus needs for itself. */
const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  BUTTON: ["Enter", " "],
  "VSCODE-BUTTON": ["Enter", " "],
  "VSCODE-CHECKBOX": ["Enter", " "],
  "VSCODE-DROPDOWN": ["Enter", " ", "Escape", ...Object.keys(ARROWS)],
};

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const focus = document.activeElement?.tagName ?? "";
  if (focus === "VSCODE-TEXT-FIELD" || OWN_KEYS[focus]?.includes(event.key)) return;
  const view = panel.value?.view;
  const key = KEYS.find(each => each.keys.includes(event.key));
  if (!view || !key) return;
  event.preventDefault();
  key.press(view, event.key);
}

function moveHead(heads: number, by: number): void {
  if (state.value && heads > 0) choose({ head: (state.value.head + by + heads) % heads });
}
