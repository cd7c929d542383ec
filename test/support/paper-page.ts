import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { ensureChromium } from "../../scripts/prerequisites.ts";
import { createNonce, html } from "../../src/extension/webview/html.ts";
import { connect, type Remote } from "../../src/shared/channel.ts";
import type { Note } from "../../src/shared/notes/index.ts";
import {
  type PaperDocument,
  type PaperHost,
  type PaperPage as PaperPageFunctions,
  paperHostSchemas,
} from "../../src/shared/protocol/paper.ts";
import { type FileServer, serveFiles } from "./file-server.ts";
import { paperDocument, paperHost } from "./paper-host.ts";
import { projectDirectory } from "./paths.ts";
import type { PdfOutcome } from "./pdf-mutant-check.ts";

/** What the page told its host. */
export interface Told {
  readonly failures: { kind: string; message: string }[];
  readonly links: string[];
  readonly components: string[];
  /** What it keeps in the file of notes. */
  readonly notes: Map<string, Note>;
  /** Errors that nothing in the page caught. */
  readonly errors: string[];
}

/**
 * The reader's page as it is built, under its own content security policy, in a bare browser: what an editor is not needed
 * for is faster here. The host answers with a paper and remembers what it is told.
 */
export class PaperPage {
  /** The page, for what is seen and done in it. */
  readonly page: Page;
  readonly told: Told;
  readonly #browser: Browser;
  readonly #server: FileServer;
  readonly #remote: Remote<PaperPageFunctions, PaperHost>;

  private constructor(
    page: Page,
    told: Told,
    browser: Browser,
    server: FileServer,
    remote: Remote<PaperPageFunctions, PaperHost>,
  ) {
    this.page = page;
    this.told = told;
    this.#browser = browser;
    this.#server = server;
    this.#remote = remote;
  }

  /** Opens the page on a paper; resolves when its script has asked for it. */
  static async open(name: string, bytes: Uint8Array): Promise<PaperPage> {
    const papers = new Map<string, Uint8Array>();
    const server = await serve(papers);
    const { origin } = server;
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: ["--no-sandbox", "--disable-gpu"],
    });
    const context = await browser.newContext({ viewport: { width: 1000, height: 900 } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    const page = await context.newPage();
    const told: Told = { failures: [], links: [], components: [], notes: new Map(), errors: [] };
    const ready = Promise.withResolvers<void>();
    const listeners: ((message: unknown) => void)[] = [];
    await page.exposeBinding("postToHost", (_, message: unknown) => {
      for (const listener of listeners) listener(message);
    });
    await page.addInitScript(actAsEditor);
    const asked = () => {
      ready.resolve();
      return paperDocument(name, plain(bytes));
    };
    const remote = connectPage(page, papers, told, asked, listener => listeners.push(listener));
    await page.goto(`${origin}/`);
    await ready.promise;
    return new PaperPage(page, told, browser, server, remote);
  }

  /** Shows another paper in its place, as when the file changes on disk, and says what became of it. */
  async show(name: string, bytes: Uint8Array, seconds = 30): Promise<PdfOutcome> {
    const { failures, errors } = this.told;
    const [refusals, faults] = [failures.length, errors.length];
    const drawn = this.page.locator(".page:not([data-before])[data-loaded]:not(.loadingIcon)");
    const stalled = Promise.withResolvers<never>();
    const timer = setTimeout(() => stalled.reject(new Error()), seconds * 1000);
    try {
      const marked = this.page.evaluate(() => {
        for (const page of document.querySelectorAll<HTMLElement>(".page")) page.dataset.before = "";
      });
      await Promise.race([marked, stalled.promise]);
      const paper = { ...paperDocument(name, plain(bytes)), notes: [...this.told.notes.values()] };
      await Promise.race([this.#remote.reload(paper), stalled.promise]);
      for (;;) {
        const refusal = failures.slice(refusals).find(({ kind }) => kind !== "no-text");
        if (refusal) return { outcome: "refused", says: refusal.message };
        if (errors.length > faults) return { outcome: "failed", says: errors.slice(faults).join("\n") };
        if ((await Promise.race([drawn.count(), stalled.promise])) > 0) break;
        await delay(30);
      }
      // What was drawn last is put on the screen only now, and may take its time.
      await Promise.race([this.page.evaluate(() => new Promise(requestAnimationFrame)), stalled.promise]);
      return { outcome: "read", says: "" };
    } catch (error) {
      const says = error instanceof Error && error.message ? error.message : `nothing for ${seconds} s`;
      return { outcome: "hung", says };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Does what a command of the editor would. */
  get does(): Remote<PaperPageFunctions, PaperHost> {
    return this.#remote;
  }

  /** Pixels of all canvases of the page together. */
  async drawnPixels(): Promise<number> {
    return await this.page.evaluate(() =>
      [...document.querySelectorAll("canvas")].reduce((sum, { width, height }) => sum + width * height, 0),
    );
  }

  async close(): Promise<void> {
    this.#remote.$close();
    await this.#browser.close();
    this.#server.close();
  }
}

/** Node's Buffer would turn itself into JSON. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

/** Runs in the page before its script: what an editor gives a webview. */
function actAsEditor(): void {
  const { postToHost } = window as unknown as { postToHost(message: unknown): void };
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: postToHost,
      getState: () => JSON.parse(sessionStorage.getItem("state") ?? "null") ?? undefined,
      setState: (state: unknown) => sessionStorage.setItem("state", JSON.stringify(state)),
    }),
  });
}

/** Runs in the page: a message of the host, whose bytes are fetched, as a tool that drives a browser would be slow with them. */
async function deliver(words: string): Promise<void> {
  const fetched: Promise<void>[] = [];
  const message: unknown = JSON.parse(words, function (this: Record<string, unknown>, key, value) {
    if (typeof value?.bytesAt === "string") {
      const fetching = fetch(value.bytesAt).then(response => response.arrayBuffer());
      const put = (buffer: ArrayBuffer) => {
        this[key] = new Uint8Array(buffer);
      };
      fetched.push(fetching.then(put));
    }
    return value;
  });
  await Promise.all(fetched);
  window.postMessage(message, "*");
}

/** A host behind the page's channel. */
function connectPage(
  page: Page,
  papers: Map<string, Uint8Array>,
  told: Told,
  ready: () => PaperDocument,
  receive: (listener: (message: unknown) => void) => void,
): Remote<PaperPageFunctions, PaperHost> {
  return connect<PaperPageFunctions, PaperHost>(
    {
      post: message => {
        const words = JSON.stringify(message, (_, value) => {
          if (!(value instanceof Uint8Array)) return value;
          const bytesAt = `/papers/${randomUUID()}`;
          papers.set(bytesAt, value);
          return { bytesAt };
        });
        // A page that is being closed has nothing left to be told.
        page.evaluate(deliver, words).catch(() => {});
      },
      onMessage: receive,
    },
    answers(told, ready),
    paperHostSchemas,
  );
}

function answers(told: Told, ready: () => PaperDocument): PaperHost {
  return paperHost({
    ready: async () => ready(),
    openComponent: component => told.components.push(component),
    putNote: async note => void told.notes.set(note.id, note),
    removeNote: async id => void told.notes.delete(id),
    openExternal: url => told.links.push(url),
    failed: failure => told.failures.push(failure),
    report: ({ message, stack }) => told.errors.push(`${message}\n${stack}`),
  });
}

/** The built files, the bytes of papers, and at `/` the page that the extension would put into a webview. */
function serve(papers: Map<string, Uint8Array>): Promise<FileServer> {
  const folders = { dist: join(projectDirectory, "dist") };
  return serveFiles(folders, (path, origin) => {
    if (path === "/") return { body: paperHtml(origin), type: "text/html" };
    const paper = papers.get(path);
    papers.delete(path);
    return paper === undefined ? null : { body: paper, type: "application/pdf" };
  });
}

function paperHtml(origin: string): string {
  const dist = `${origin}/dist`;
  return html({
    title: "Paper",
    script: `${dist}/paper.js`,
    style: `${dist}/paper.css`,
    source: origin,
    nonce: createNonce(),
    boot: { language: "en", bundle: {}, pdfjs: `${dist}/node_modules/pdfjs-dist/` },
    paper: true,
  });
}
