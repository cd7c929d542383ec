import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Frame, Locator, Page } from "playwright-core";
import { projectDirectory } from "../../support/paths.ts";
import { runningProcesses } from "./processes.ts";
import { type EditorWindow, openWindow, type WorkbenchOptions } from "./window.ts";

/** Every kind of theme, with the class that the window then has. */
export const THEMES = [
  { name: "Light 2026", kind: "vs" },
  { name: "Dark 2026", kind: "vs-dark" },
  { name: "Default High Contrast", kind: "hc-black" },
  { name: "Default High Contrast Light", kind: "hc-light" },
] as const;

/** A real VS Code window, driven as a person would: keys, mouse, and what can be read on screen. */
export class Workbench {
  readonly #window: EditorWindow;
  readonly #folder: string;

  private constructor(window: EditorWindow, folder: string) {
    this.#window = window;
    this.#folder = folder;
  }

  /** The VS Code server in a browser; with PAPERTRACE_EDITOR=desktop, a desktop VS Code. */
  static async open(options: WorkbenchOptions): Promise<Workbench> {
    return new Workbench(await openWindow(options), options.folder);
  }

  /** The window. */
  get page(): Page {
    return this.#window.page;
  }

  /** Reloads the window, as the command of that name does. */
  async reload(): Promise<void> {
    await this.#window.reload();
  }

  /** Closes the window, ends VS Code with its processes, and starts it again with what it kept; not on the desktop. */
  async restart(): Promise<void> {
    await this.#window.restart();
  }

  /** Runs a command by its title, through the palette. */
  async command(title: string): Promise<void> {
    await this.#quickInput("F1", `>${title}`);
  }

  /** Opens a file of the workspace by name. */
  async openFile(name: string): Promise<void> {
    // By its exact name: what was opened last would come before it.
    const exact = this.page.locator(".label-name", { hasText: new RegExp(`^${RegExp.escape(name)}$`) });
    const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ has: exact }).first();
    const tab = this.page.locator(`.tab.active[data-resource-name="${name}"]`);
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.#openQuickInput("Control+P", name);
      try {
        await row.waitFor({ timeout: 10_000 });
        // The list is sorted again while files are still found; a click then meets another row.
        await delay(400);
        await row.click({ timeout: 5_000 });
        await tab.first().waitFor({ timeout: 10_000 });
        return;
      } catch {
        await this.page.keyboard.press("Escape");
      }
    }
    throw new Error(`${name} did not open.`);
  }

  /** Puts the cursor of the editor in front at a place that its text has, both from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    const there = this.page.locator(".statusbar-item", {
      hasText: new RegExp(`Ln ${line}, Col ${column}(?!\\d)`),
    });
    for (let attempt = 0; attempt < 4; attempt++) {
      await this.#quickInput("Control+G", `:${line}:${column}`);
      try {
        await there.first().waitFor({ timeout: 5_000 });
        return;
      } catch {
        // On a busy machine the key may come before the place was read.
      }
    }
    throw new Error(`The cursor did not get to ${line}:${column}.`);
  }

  /** Text of the hover at the cursor. */
  async hoverText(line: number, column: number, contains: string | RegExp): Promise<string> {
    await this.goTo(line, column);
    const hover = this.page.locator(".monaco-hover:visible", { hasText: contains });
    for (let attempt = 0; attempt < 40; attempt++) {
      await this.page.keyboard.press("Control+K");
      await this.page.keyboard.press("Control+I");
      try {
        await hover.first().waitFor({ timeout: 1_500 });
        return await hover.first().innerText();
      } catch {
        await this.page.keyboard.press("Escape");
      }
    }
    throw new Error(`No hover with ${contains} at ${line}:${column}.`);
  }

  /** The innermost frame of the page of Papertrace that loaded `script` (`paper`, `component` or `checkpoint`). */
  async webview(script: "paper" | "component" | "checkpoint", timeout = 60_000): Promise<Frame> {
    const until = Date.now() + timeout;
    while (Date.now() < until) {
      for (const frame of this.page.frames().toReversed()) {
        const found = await frame
          .evaluate(
            name =>
              document.querySelector(`script[src*="/${name}.js"]`) !== null &&
              document.body.innerText.length > 0,
            script,
          )
          .catch(() => false);
        if (found) return frame;
      }
      await delay(250);
    }
    throw new Error(`No ${script} page appeared within ${timeout / 1000} s.`);
  }

  /** Brings an open file or page to the front. */
  async showTab(name: string): Promise<void> {
    await this.page.locator(`.tab[data-resource-name="${name}"]`).first().click();
  }

  /** Sets the colour theme, by its name, and waits until the window wears it. */
  async theme(name: (typeof THEMES)[number]["name"]): Promise<void> {
    const settings = join(this.#folder, ".vscode");
    mkdirSync(settings, { recursive: true });
    writeFileSync(join(settings, "settings.json"), JSON.stringify({ "workbench.colorTheme": name }));
    const { kind } = THEMES.find(theme => theme.name === name)!;
    await this.page.locator(`.monaco-workbench.${kind}`).waitFor({ timeout: 20_000 });
    await delay(500);
  }

  /** Puts the keyboard into the editor of an open file. */
  async focusEditor(name: string): Promise<void> {
    await this.showTab(name);
    await this.page.locator(".editor-group-container .monaco-editor").first().waitFor();
  }

  /** Types over a whole line, without saving. */
  async replaceLine(line: number, text: string): Promise<void> {
    await this.goTo(line, text.length - text.trimStart().length + 1);
    await this.page.keyboard.press("Shift+End");
    await this.page.keyboard.insertText(text.trimStart());
    await this.page.keyboard.press("Escape");
  }

  /** Clicks while Ctrl is held; a click that is given up halfway would leave the key down. */
  async controlClick(target: Locator, timeout: number): Promise<void> {
    try {
      await target.click({ modifiers: ["ControlOrMeta"], timeout });
    } finally {
      await this.page.keyboard.up("ControlOrMeta");
    }
  }

  /** Closes every editor and panel; unsaved changes are dropped. */
  async closeEditors(): Promise<void> {
    await this.command("File: Revert File");
    await this.command("View: Close All Editors");
    await this.page.locator(".tab").first().waitFor({ state: "detached", timeout: 10_000 });
  }

  /** Saves what is on screen to artifacts/, to be looked at. */
  async screenshot(name: string): Promise<void> {
    const directory = join(projectDirectory, "artifacts");
    mkdirSync(directory, { recursive: true });
    await this.page.screenshot({ path: join(directory, `${name}.png`) });
  }

  /** Ends a child process of the extension as a crash would; false if there was none. */
  crash(script: "session.js" | "tracer.js"): boolean {
    const processes = runningProcesses();
    const parents = new Map(processes.map(({ pid, parent }) => [pid, parent]));
    const isOurs = (pid: number | undefined): boolean =>
      pid !== undefined && (pid === this.#window.processId || isOurs(parents.get(pid)));
    const victims = processes.filter(({ pid, command }) => command.includes(`dist/${script}`) && isOurs(pid));
    for (const { pid } of victims) process.kill(pid, "SIGKILL");
    return victims.length > 0;
  }

  /** What notifications say. */
  async notifications(): Promise<string[]> {
    return this.page.locator(".notification-list-item-message").allInnerTexts();
  }

  async dispose(): Promise<void> {
    await this.#window.close();
  }

  async #quickInput(key: string, text: string): Promise<void> {
    await this.#openQuickInput(key, text);
    await this.page
      .locator(".quick-input-list .monaco-list-row")
      .first()
      .waitFor()
      .catch(() => {});
    await delay(300);
    await this.page.keyboard.press("Enter");
    await this.page
      .locator(".quick-input-widget")
      .waitFor({ state: "hidden", timeout: 10_000 })
      .catch(() => {});
  }

  async #openQuickInput(key: string, text: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget:visible input").first();
    for (let attempt = 0; ; attempt++) {
      await this.page.keyboard.press(key);
      try {
        await input.waitFor({ timeout: 1_500 });
        // It may close again at once: an editor that is still being opened takes the focus.
        await input.fill(text, { timeout: 1_500 });
        return;
      } catch (error) {
        if (attempt === 20) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }
}
