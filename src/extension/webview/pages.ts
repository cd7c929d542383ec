import * as vscode from "vscode";
import type { Bundle } from "../../shared/l10n.ts";
import { createNonce, html } from "./html.ts";

/** Fills webviews with Papertrace's bundled pages. */
export class Pages {
  readonly #extension: vscode.Uri;
  readonly #bundle: Bundle;

  constructor(extension: vscode.Uri, bundle: Bundle) {
    this.#extension = extension;
    this.#bundle = bundle;
  }

  /** Beside a panel's title. */
  get icon(): vscode.Uri {
    return vscode.Uri.joinPath(this.#extension, "media", "icons", "panel.svg");
  }

  /** Sets the options too: a restored panel must not keep the folders of an older installation. */
  fill(webview: vscode.Webview, page: "paper" | "component" | "checkpoint", title: string): void {
    const dist = vscode.Uri.joinPath(this.#extension, "dist");
    const pdfjs = vscode.Uri.joinPath(dist, "node_modules", "pdfjs-dist");
    const paper = page === "paper";
    webview.options = {
      enableScripts: true,
      enableForms: false,
      localResourceRoots: [dist],
    };
    const address = (uri: vscode.Uri) => webview.asWebviewUri(uri).toString();
    webview.html = html({
      title,
      script: address(vscode.Uri.joinPath(dist, `${page}.js`)),
      style: address(vscode.Uri.joinPath(dist, `${page}.css`)),
      source: webview.cspSource,
      nonce: createNonce(),
      boot: {
        language: vscode.env.language,
        bundle: this.#bundle,
        pdfjs: paper ? `${address(pdfjs)}/` : null,
      },
      paper,
    });
  }
}
