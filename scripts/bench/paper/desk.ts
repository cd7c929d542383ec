import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { createNonce, html } from "../../../src/extension/webview/html.ts";
import { ensureChromium } from "../../prerequisites.ts";
import { projectDirectory } from "../../project.ts";
import { benchDirectory } from "../build.ts";

/** Who shows the paper: our page, or pdf.js' viewer with nothing around it. */
export type Reader = "ours" | "bare";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
};

/** Canvases in the memory of their page, where they can be counted; no frame waits for a screen that is not there. */
const BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"];

/** Both readers, each in pages of the same browser, with the same paper. */
export class Desk {
  readonly browser: Browser;
  readonly #server: Server;
  readonly #probe: string;
  #paper: Buffer = Buffer.alloc(0);

  private constructor(browser: Browser, server: Server, probe: string) {
    this.browser = browser;
    this.#server = server;
    this.#probe = probe;
    server.on("request", async ({ url = "/" }, response) => {
      try {
        const { body, type } = await this.#answer(new URL(url, "http://localhost").pathname);
        response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
  }

  static async open(): Promise<Desk> {
    const bundles = join(benchDirectory, "paper");
    const common = { bundle: true, minify: true, outdir: bundles, target: "chrome130" } as const;
    const loader = { ".svg": "empty", ".gif": "empty" } as const;
    const entry = (name: string) => [join(import.meta.dirname, `${name}.ts`)];
    await build({ ...common, entryPoints: entry("bare-viewer"), format: "esm", loader });
    await build({ ...common, entryPoints: entry("page-host"), format: "iife" });
    const probe = await build({ ...common, entryPoints: entry("probe"), format: "iife", write: false });
    const browser = await chromium.launch({ executablePath: ensureChromium(), args: BROWSER_ARGUMENTS });
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    return new Desk(browser, server, probe.outputFiles[0]!.text);
  }

  lay(paper: Buffer): void {
    this.#paper = paper;
  }

  /** A page that has just begun to load, with nothing kept from another. */
  async read(reader: Reader, before: (page: Page) => Promise<void> = async () => {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1000, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(this.#probe);
    await before(page);
    await page.goto(`${this.#origin}/${reader}`, { waitUntil: "commit" });
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(path: string): Promise<{ body: string | Buffer; type: string }> {
    if (path === "/ours") return { body: ourPage(this.#origin), type: "text/html" };
    if (path === "/bare") return { body: BARE_PAGE, type: "text/html" };
    if (path === "/paper.pdf") return { body: this.#paper, type: "application/pdf" };
    const [, folder = "", ...rest] = normalize(path).split("/");
    const root = FOLDERS[folder];
    if (root === undefined) throw new Error(`${path} is not served`);
    const file = join(root, ...rest);
    return { body: await readFile(file), type: TYPES[extname(file)] ?? "application/octet-stream" };
  }
}

const FOLDERS: Readonly<Record<string, string>> = {
  dist: join(benchDirectory, "dist"),
  bench: join(benchDirectory, "paper"),
  pdfjs: join(projectDirectory, "node_modules", "pdfjs-dist"),
};

/** The page as the extension fills it, with a host inside. */
function ourPage(source: string): string {
  const nonce = createNonce();
  const page = html({
    title: "paper.pdf",
    script: `${source}/dist/paper.js`,
    style: `${source}/dist/paper.css`,
    source,
    nonce,
    boot: { language: "en", bundle: {}, pdfjs: `${source}/pdfjs/` },
    paper: true,
  });
  return page.replace(
    '<script type="module"',
    `<script nonce="${nonce}" src="bench/page-host.js"></script>$&`,
  );
}

const BARE_PAGE = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>paper.pdf</title>
<link rel="stylesheet" href="bench/bare-viewer.css">
<style>body { margin: 0; } .pages { position: absolute; inset: 0; overflow: auto; }</style>
</head>
<body>
<div class="pages"><div class="pdfViewer"></div></div>
<script type="module" src="bench/bare-viewer.js"></script>
</body>
</html>`;
