import { type ReadonlySignal, signal } from "@preact/signals";
import type { Palette } from "./color-scale.ts";

/** Colours that canvases need; all else takes them from CSS. */
export interface Theme extends Palette {
  readonly kind: "dark" | "light" | "high-contrast" | "high-contrast-light";
  readonly background: string;
  readonly foreground: string;
  readonly hatch: string;
  readonly monospace: string;
}

/** Hues of data by kind of theme: bright on dark, deep on light, told apart without red and green. */
const HUES: Readonly<Record<Theme["kind"], Omit<Palette, "neutral">>> = {
  dark: { negative: "#4aa3df", positive: "#f0883e", strong: "#9ecbff" },
  light: { negative: "#1f77b4", positive: "#c65102", strong: "#0b4f9e" },
  "high-contrast": { negative: "#6cc0ff", positive: "#ffa657", strong: "#d0e8ff" },
  "high-contrast-light": { negative: "#0b5394", positive: "#a33b00", strong: "#0b3a75" },
};

const current = signal<Theme>(readTheme());

/** The editor's theme as it is now; canvases that read it are painted again when it changes. */
export const theme: ReadonlySignal<Theme> = current;

new MutationObserver(() => {
  current.value = readTheme();
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });
new MutationObserver(() => {
  current.value = readTheme();
}).observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });

function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const variable = (name: string, otherwise: string) =>
    style.getPropertyValue(`--vscode-${name}`).trim() || otherwise;
  const kind = themeKind();
  const light = kind === "light" || kind === "high-contrast-light";
  const background = variable("editor-background", light ? "#ffffff" : "#1e1e1e");
  const foreground = variable("foreground", light ? "#1f1f1f" : "#d4d4d4");
  // Told to the stylesheet too, so that bars and canvases use one set of hues.
  document.body.dataset.theme = kind;
  return {
    kind,
    background,
    neutral: background,
    foreground,
    hatch: variable("descriptionForeground", foreground),
    monospace: variable("editor-font-family", "monospace"),
    ...HUES[kind],
  };
}

function themeKind(): Theme["kind"] {
  const { classList } = document.body;
  if (classList.contains("vscode-high-contrast-light")) return "high-contrast-light";
  if (classList.contains("vscode-high-contrast")) return "high-contrast";
  return classList.contains("vscode-light") ? "light" : "dark";
}
