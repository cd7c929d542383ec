import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { openDesktop } from "../../../scripts/desktop.ts";
import { ensureChromium } from "../../../scripts/prerequisites.ts";
import { QUIET_WORKBENCH, startVsCodeServer, type VsCodeServer } from "../../../scripts/vscode-server.ts";
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

/** A window of VS Code, and how it comes and goes. */
export interface EditorWindow {
  readonly page: Page;
  /** Everything that the extension starts descends from it. */
  readonly processId: number;
  reload(): Promise<void>;
  /** Ends VS Code and starts it again with what it kept. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The VS Code server in a browser; with PAPERTRACE_EDITOR=desktop, a desktop VS Code. */
export async function openWindow(options: WorkbenchOptions): Promise<EditorWindow> {
  return process.env.PAPERTRACE_EDITOR === "desktop"
    ? await desktopWindow(options)
    : await ServerWindow.open(options);
}

async function desktopWindow(options: WorkbenchOptions): Promise<EditorWindow> {
  const userSettings = { "editor.minimap.enabled": false, ...options.settings };
  const { page, processId, dispose } = await openDesktop({ ...options, userSettings });
  return {
    page,
    processId,
    reload: () => reload(page),
    restart: () => Promise.reject(new Error("Only the VS Code server is started again.")),
    close: dispose,
  };
}

class ServerWindow implements EditorWindow {
  readonly #options: WorkbenchOptions;
  readonly #context: BrowserContext;
  readonly #data: string;
  #server: VsCodeServer;
  #page: Page;

  private constructor(
    options: WorkbenchOptions,
    context: BrowserContext,
    data: string,
    server: VsCodeServer,
    page: Page,
  ) {
    this.#options = options;
    this.#context = context;
    this.#data = data;
    this.#server = server;
    this.#page = page;
  }

  static async open(options: WorkbenchOptions): Promise<ServerWindow> {
    const data = mkdtempSync(join(tmpdir(), "papertrace-editor-"));
    const server = await startServer(options, data);
    const browser = await chromium.launch({ executablePath: ensureChromium(), args: BROWSER_ARGUMENTS });
    const context = await browser.newContext({
      viewport: options.viewport ?? { width: 1500, height: 950 },
      locale: options.locale ?? "en-US",
    });
    if (options.locale) await context.addInitScript(speak, options.locale);
    return new ServerWindow(options, context, data, server, await showFolder(options, context, server));
  }

  get page(): Page {
    return this.#page;
  }

  get processId(): number {
    return this.#server.processId;
  }

  reload(): Promise<void> {
    return reload(this.#page);
  }

  async restart(): Promise<void> {
    // Leaving the page is what closing a window is: VS Code writes down what it keeps.
    await this.#page.goto("about:blank");
    await this.#page.close();
    await this.#server.end();
    // A window finds what it kept under the address of the server that it had.
    this.#server = await startServer(this.#options, this.#data, this.#server.port);
    this.#page = await showFolder(this.#options, this.#context, this.#server);
  }

  async close(): Promise<void> {
    await this.#context.browser()?.close();
    this.#server.dispose();
    rmSync(this.#data, { recursive: true, force: true, maxRetries: 5 });
  }
}

function startServer(options: WorkbenchOptions, dataDirectory: string, port?: number): Promise<VsCodeServer> {
  return startVsCodeServer({
    dataDirectory,
    port,
    extensionsDirectory: options.extensionsDirectory,
    workspaceTrust: options.workspaceTrust,
    environment: options.environment,
    userSettings: {
      ...QUIET_WORKBENCH,
      "editor.minimap.enabled": false,
      ...options.settings,
    },
  });
}

async function showFolder(
  { folder, extensionsDirectory }: WorkbenchOptions,
  context: BrowserContext,
  server: VsCodeServer,
): Promise<Page> {
  const page = await context.newPage();
  const address = server.url(folder, extensionsDirectory ? {} : { extension: projectDirectory });
  await page.goto(address, { timeout: 120_000 });
  await shown(page);
  return page;
}

async function reload(page: Page): Promise<void> {
  await page.reload();
  await shown(page);
}

async function shown(page: Page): Promise<void> {
  await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
  await page.locator(".statusbar-item").first().waitFor({ timeout: 60_000 });
}

/** Runs in the page before the workbench, which hands this language on to extensions; a language pack would set it. */
function speak(language: string): void {
  (globalThis as unknown as { _VSCODE_NLS_LANGUAGE: string })._VSCODE_NLS_LANGUAGE = language;
}
