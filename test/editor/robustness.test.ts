import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { fixturesDirectory } from "../support/paths.ts";
import { pdfFile, picture } from "../support/pdf-file.ts";
import { promptIds, readCell, settled, until } from "./support/panel.ts";
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
    const lines = readFileSync(join(folder, "llama.py"), "utf8").split("\n");
    await workbench.goTo(lines.findIndex(text => text.startsWith("class LlamaAttention")) + 1, 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await workbench.webview("component");
    await settled(panel);
    assert.ok(workbench.crash("session.js"), "models run in a process of their own");
    await typePrompt(panel, "The dog likes the red ball");
    await settled(panel);
    assert.ok((await promptIds(panel)).length >= 6);

    const scale = " / math.sqrt(self.head_size)";
    const line = lines.findIndex(text => text.includes(scale)) + 1;
    const edit = async (text: string) => {
      const before = await readCell(panel, "weights", { row: 3, column: 1 });
      await workbench.focusEditor("llama.py");
      await workbench.replaceLine(line, lines[line - 1]!.replace(scale, text));
      await until(
        async () => (await readCell(panel, "weights", { row: 3, column: 1 })) !== before,
        "new numbers",
      );
      await settled(panel);
    };
    await edit(` / ${2 + Math.random()}`);
    assert.ok(workbench.crash("tracer.js"), "source is traced in a process of its own");
    await edit(` / ${4 + Math.random()}`);
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
