import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { registerHooks } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { SessionProcess } from "../../../src/runtime/session/process.ts";
import { type Bundle, setBundle, t } from "../../../src/shared/l10n.ts";
import { BOOT_ELEMENT } from "../../../src/shared/protocol/boot.ts";
import { readBoot } from "../../../src/webviews/kit/boot.ts";
import { projectDirectory } from "../../support/paths.ts";

const manifest = JSON.parse(readFileSync(join(projectDirectory, "package.json"), "utf8")) as { l10n: string };
const korean = JSON.parse(
  readFileSync(join(projectDirectory, manifest.l10n, "bundle.l10n.ko.json"), "utf8"),
) as Bundle;

afterEach(() => setBundle({}));

test("a page is given the words with its HTML, and speaks them", async () => {
  // What the pages need of VS Code: addresses, and the language of the UI.
  const vscode = `export const env = { language: "ko" };
    export const Uri = { joinPath: (base, ...parts) => [base, ...parts].join("/") };`;
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "vscode"
        ? { url: `data:text/javascript,${encodeURIComponent(vscode)}`, shortCircuit: true }
        : next(specifier, context),
  });
  const { Pages } = await import("../../../src/extension/webview/pages.ts");
  hooks.deregister();
  for (const page of ["component", "paper"] as const) {
    const webview = { cspSource: "x:", asWebviewUri: String, html: "", options: {} };
    new Pages("/extension" as never, korean).fill(webview as never, page, "…");
    const data = new RegExp(`id="${BOOT_ELEMENT}">(.*?)</script>`, "s").exec(webview.html)?.[1];
    Object.assign(globalThis, {
      document: { getElementById: (id: string) => (id === BOOT_ELEMENT ? { textContent: data } : null) },
    });
    setBundle({});
    assert.equal(readBoot().language, "ko");
    assert.equal(t("{0} of {1}", 3, 7), "7개 중 3번째");
  }
});

test("the process that runs models is given the words of the one that starts it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-l10n-"));
  setBundle(korean);
  const session = new SessionProcess();
  try {
    await assert.rejects(session.tokenize(folder, "text", false), {
      message: t(
        "{0} has no tokenizer.json; add the model's tokenizer files or give token ids instead of text.",
        folder,
      ),
    });
    assert.match(t("Close"), /[가-힣]/);
  } finally {
    session.dispose();
    rmSync(folder, { recursive: true });
  }
});

test("the command line speaks the language of the terminal, where there are words for it", async () => {
  const speaks = async (locale: Readonly<Record<string, string>>) => {
    const { LC_ALL: _all, LC_MESSAGES: _messages, LANG: _language, ...environment } = process.env;
    const script = join(projectDirectory, "src", "runtime", "cli.ts");
    return new Promise<string>(resolve => {
      const env = { ...environment, ...locale };
      execFile(process.execPath, [script, "fly"], { env }, (_error, _stdout, stderr) => resolve(stderr));
    });
  };
  assert.match(await speaks({ LANG: "ko_KR.UTF-8" }), /^“fly” 명령은 없습니다/);
  assert.match(await speaks({ LANG: "ko_KR.UTF-8", LC_ALL: "C" }), /^Unknown command “fly”/);
  assert.match(await speaks({ LANG: "xx_XX.UTF-8" }), /^Unknown command “fly”/);
});
