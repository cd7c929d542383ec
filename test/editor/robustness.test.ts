import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { fixturesDirectory } from "../support/paths.ts";
import { pdfFile, picture } from "../support/pdf-file.ts";
import { promptIds, settled, until } from "./support/panel.ts";
import { sampleWorkspace } from "./support/sample.ts";
import { Workbench } from "./support/workbench.ts";

const SETTINGS = {
  "papertrace.defaultModel": "tiny-llama",
  "workbench.editorAssociations": { "*.pdf": "papertrace.paper" },
};

describe("what a person can cause, in the editor", { timeout: 400_000 }, () => {
  const { folder } = sampleWorkspace();
  let workbench: Workbench;

  before(async () => {
    writeFileSync(join(folder, "notes.pdf"), "These are notes and not a PDF.\n");
    writeFileSync(join(folder, "scan.pdf"), pdfFile([picture]));
    cpSync(join(fixturesDirectory("paper"), "encrypted.pdf"), join(folder, "encrypted.pdf"));
    workbench = await Workbench.open({ folder, settings: SETTINGS });
  });
  after(async () => {
    await workbench?.dispose();
  });

  for (const [name, says] of [
    ["notes.pdf", /notes\.pdf is not a PDF/],
    ["encrypted.pdf", /encrypted\.pdf is encrypted/],
    ["scan.pdf", /scan\.pdf/],
  ] as const) {
    it(`says in the page what is wrong with ${name}`, async () => {
      await workbench.closeEditors();
      await workbench.openFile(name);
      const page = await workbench.webview("paper");
      await until(async () => says.test(await page.locator("body").innerText()), `the page says ${says}`, 20);
      await workbench.screenshot(`bad-${name}`);
    });
  }

  it("recovers when a child process is killed while a panel is open", async () => {
    await workbench.closeEditors();
    await workbench.openFile("llama.py");
    await workbench.goTo(1);
    await workbench.command("Papertrace: Open Component");
    await workbench.choose("Self-attention");
    const panel = await workbench.webview("component");
    await settled(panel);
    for (const child of ["session.js", "tracer.js"]) {
      kill(child);
      const words = child === "session.js" ? "The dog likes the red ball" : "The cat has a blue kite";
      await typePrompt(panel, words);
      await until(
        async () => (await panel.locator("[data-token]").allInnerTexts()).join("").includes("·"),
        "tokens",
      );
      await settled(panel);
      assert.ok((await promptIds(panel)).length >= 6);
    }
  });
});

/** Types a prompt as a reader does: the slash key, the text, Enter. */
async function typePrompt(panel: Frame, words: string): Promise<void> {
  await panel.getByText("Edit text").click();
  const field = panel
    .locator("[data-prompt] input, [data-prompt] textarea, .text-strip input, .text-strip textarea")
    .first();
  await field.fill(words);
  await field.press("Enter");
  await until(
    async () => (await panel.locator("[data-token]").first().innerText()).startsWith(words.slice(0, 3)),
    `the tokens of “${words}”`,
  );
}

function kill(script: string): void {
  execFileSync("pkill", ["-KILL", "-f", `dist/${script}`]);
}
