import * as vscode from "vscode";
import type { MentionMode, PageColors } from "../shared/protocol/paper.ts";
import type { Provider } from "../shared/run.ts";
import { settingIds } from "./ids.ts";

/** The reader's settings, read when they are needed: a change counts from the next use on. */
export const settings = {
  /** A folder that contains `transformers/`; null where none is named. */
  get transformersPath(): string | null {
    return read<string>(settingIds.transformersPath).trim() || null;
  },
  /** Id in the cache or the zoo, or a folder; null for Papertrace's own choice. */
  get defaultModel(): string | null {
    return read<string>(settingIds.defaultModel).trim() || null;
  },
  /** In order of preference; the processor is always the last resort. */
  get providers(): readonly Provider[] {
    return [read<Provider>(settingIds.provider)];
  },
  /** The Python to compare with; null for the one that the editor has chosen. */
  get pythonPath(): string | null {
    return read<string>(settingIds.pythonPath).trim() || null;
  },
  get mentions(): MentionMode {
    return read(settingIds.mentions);
  },
  /** Whether papers are dark in a dark theme. */
  get pageColors(): PageColors {
    return read(settingIds.pageColors);
  },
  /** Where papers from arXiv are kept: absolute, or inside the workspace folder. */
  get papersFolder(): string {
    return read<string>(settingIds.papersFolder).trim();
  },
  /** Pause after a keystroke before an edited source is traced again, ms. */
  get liveUpdateDelay(): number {
    return read(settingIds.liveUpdateDelay);
  },
  get hover(): boolean {
    return read(settingIds.hover);
  },
  get codeLens(): boolean {
    return read(settingIds.codeLens);
  },
  /** Whether Python on screen is traced without being asked, for its shapes. */
  get traceOnOpen(): boolean {
    return read(settingIds.traceOnOpen);
  },
  get inlayShapes(): "off" | "names" | "sizes" {
    return read(settingIds.inlayShapes);
  },
  get gutter(): boolean {
    return read(settingIds.gutter);
  },
};

export async function writeSetting(
  id: (typeof settingIds)[keyof typeof settingIds],
  value: unknown,
): Promise<void> {
  await vscode.workspace.getConfiguration().update(id, value, vscode.ConfigurationTarget.Global);
}

/** Defaults are the manifest's, so that a value is always there. */
function read<T>(id: (typeof settingIds)[keyof typeof settingIds]): T {
  return vscode.workspace.getConfiguration().get<T>(id)!;
}
