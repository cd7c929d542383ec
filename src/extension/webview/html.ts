import { BOOT_ELEMENT, type Boot } from "../../shared/protocol/boot.ts";

/** A page of a webview: one script, one stylesheet, boot data, and nothing else that could run. */
export interface Page {
  readonly title: string;
  readonly script: string;
  readonly style: string;
  /** What `webview.cspSource` says. */
  readonly source: string;
  readonly nonce: string;
  readonly boot: Boot;
  /** Papers need workers from blobs, and WebAssembly for JPEG 2000 and JBIG2 images. */
  readonly paper: boolean;
}

export function html(page: Page): string {
  return /* html */ `<!DOCTYPE html>
<html lang="${attribute(page.boot.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${attribute(contentSecurityPolicy(page))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(page.title)}</title>
<link rel="stylesheet" href="${attribute(page.style)}">
<script type="application/json" id="${BOOT_ELEMENT}">${scriptData(page.boot)}</script>
<script type="module" nonce="${page.nonce}" src="${attribute(page.script)}"></script>
</head>
<body></body>
</html>`;
}

/** Everything is forbidden but what is named; scripts run by nonce alone and nothing is evaluated from text. */
export function contentSecurityPolicy({
  source,
  nonce,
  paper,
}: Pick<Page, "source" | "nonce" | "paper">): string {
  const script = `'nonce-${nonce}'`;
  const directives: Record<string, string> = {
    "default-src": "'none'",
    "script-src": paper ? `${script} 'wasm-unsafe-eval'` : script,
    "style-src": `${source} 'nonce-${nonce}'`,
    "font-src": paper ? `${source} data: blob:` : source,
    "img-src": paper ? `${source} data: blob:` : `${source} data:`,
    "connect-src": paper ? source : "'none'",
    "worker-src": paper ? "blob:" : "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
  };
  return Object.entries(directives)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

/** 128 random bits. */
export function createNonce(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64url");
}

/** JSON that cannot end the script element it stands in. */
export function scriptData(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function attribute(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
