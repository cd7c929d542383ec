import { join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { createNonce, html } from "../../../src/extension/webview/html.ts";
import { type FileServer, serveFiles } from "../../../test/support/file-server.ts";
import { ensureChromium } from "../../prerequisites.ts";
import { projectDirectory } from "../../project.ts";
import { benchDirectory } from "../build.ts";

/** Who shows the paper: our page, or pdf.js' viewer with nothing around it. */
export type Reader = "ours" | "bare";

/** Canvases in the memory of their page, where they can be counted; no frame waits for a screen that is not there. */
const BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info"];

/** Both readers, each in pages of the same browser, with the same paper. */
export class Desk {
  readonly browser: Browser;
  readonly #server: FileServer;
  readonly #probe: string;
  /** What lies on it. */
  readonly #paper: { bytes: Uint8Array };

  private constructor(browser: Browser, server: FileServer, probe: string, paper: { bytes: Uint8Array }) {
    this.browser = browser;
    this.#server = server;
    this.#probe = probe;
    this.#paper = paper;
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
    const paper = { bytes: new Uint8Array() };
    const server = await serveFiles(FOLDERS, (path, origin) => {
      if (path === "/ours") return { body: ourPage(origin), type: "text/html" };
      if (path === "/bare") return { body: BARE_PAGE, type: "text/html" };
      return path === "/paper.pdf" ? { body: paper.bytes, type: "application/pdf" } : null;
    });
    return new Desk(browser, server, probe.outputFiles[0]!.text, paper);
  }

  lay(paper: Buffer): void {
    this.#paper.bytes = paper;
  }

  /** A page that has just begun to load, with nothing kept from another. */
  async read(reader: Reader, before: (page: Page) => Promise<void> = async () => {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: { width: 1000, height: 900 } });
    const page = await context.newPage();
    await page.addInitScript(this.#probe);
    await before(page);
    await page.goto(`${this.#server.origin}/${reader}`, { waitUntil: "commit" });
    return page;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.#server.close();
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
