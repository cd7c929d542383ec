import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chromium, type Frame, type Page } from "playwright-core";
import { openDesktop } from "../../../scripts/desktop.ts";
import { ensureChromium } from "../../../scripts/prerequisites.ts";
import { QUIET_WORKBENCH, startVsCodeServer } from "../../../scripts/vscode-server.ts";
import { projectDirectory } from "../../support/paths.ts";

const BROWSER_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Every kind of theme, with the class that the window then has. */
export const THEMES = [
  { name: "Light 2026", kind: "vs" },
  { name: "Dark 2026", kind: "vs-dark" },
  { name: "Default High Contrast", kind: "hc-black" },
  { name: "Default High Contrast Light", kind: "hc-light" },
] as const;

export interface WorkbenchOptions {
  /** Workspace folder that is opened. */
  readonly folder: string;
  /** Folder with installed extensions; without it the checkout itself is run as the extension under development. */
  readonly extensionsDirectory?: string;
  readonly workspaceTrust?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Display language of extensions in the window, such as "ko"; the editor's own words need a language pack. */
  readonly locale?: string;
}

/** A real VS Code window, driven as a person would: keys, mouse, and what can be read on screen. */
export class Workbench {
  readonly page: Page;
  readonly #folder: string;
  readonly #processId: number;
  readonly #close: () => Promise<void>;

  private constructor(page: Page, folder: string, processId: number, close: () => Promise<void>) {
    this.page = page;
    this.#folder = folder;
    this.#processId = processId;
    this.#close = close;
  }

  /** The VS Code server in a browser; with PAPERTRACE_EDITOR=desktop, a desktop VS Code. */
  static async open(options: WorkbenchOptions): Promise<Workbench> {
    if (process.env.PAPERTRACE_EDITOR === "desktop") {
      const userSettings = { "editor.minimap.enabled": false, ...options.settings };
      const { page, processId, dispose } = await openDesktop({ ...options, userSettings });
      return new Workbench(page, options.folder, processId, dispose);
    }
    const data = mkdtempSync(join(tmpdir(), "papertrace-editor-"));
    const server = await startVsCodeServer({
      dataDirectory: data,
      extensionsDirectory: options.extensionsDirectory,
      workspaceTrust: options.workspaceTrust,
      environment: options.environment,
      userSettings: {
        ...QUIET_WORKBENCH,
        "editor.minimap.enabled": false,
        ...options.settings,
      },
    });
    const browser = await chromium.launch({ executablePath: ensureChromium(), args: BROWSER_ARGUMENTS });
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1500, height: 950 },
      locale: options.locale ?? "en-US",
    });
    if (options.locale) await context.addInitScript(speak, options.locale);
    const page = await context.newPage();
    const workbench = new Workbench(page, options.folder, server.processId, async () => {
      await browser.close();
      server.dispose();
      rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    });
    await page.goto(
      server.url(options.folder, options.extensionsDirectory ? {} : { extension: projectDirectory }),
      { timeout: 120_000 },
    );
    await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    await page.locator(".statusbar-item").first().waitFor({ timeout: 60_000 });
    return workbench;
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
      pid !== undefined && (pid === this.#processId || isOurs(parents.get(pid)));
    const victims = processes.filter(({ pid, command }) => command.includes(`dist/${script}`) && isOurs(pid));
    for (const { pid } of victims) process.kill(pid, "SIGKILL");
    return victims.length > 0;
  }

  /** What notifications say. */
  async notifications(): Promise<string[]> {
    return this.page.locator(".notification-list-item-message").allInnerTexts();
  }

  async dispose(): Promise<void> {
    await this.#close();
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

/** Runs in the page before the workbench, which hands this language on to extensions; a language pack would set it. */
function speak(language: string): void {
  (globalThis as unknown as { _VSCODE_NLS_LANGUAGE: string })._VSCODE_NLS_LANGUAGE = language;
}

interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process of this machine, from /proc (proc(5)): `ps` is not everywhere. */
function runningProcesses(): RunningProcess[] {
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        // The second field is a name in parentheses, which may hold spaces and parentheses itself.
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        // It ended while it was read.
        return [];
      }
    });
}
