import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fixturesDirectory } from "../support/paths.ts";
import { pdfFile, picture } from "../support/pdf-file.ts";
import { promptIds, readCell, sendPrompt, settled, until } from "./support/panel.ts";
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
    ["encrypted.pdf", /encrypted\.pdf is encrypted and needs a password/],
    ["scan.pdf", /scan\.pdf holds no text, only pictures of it/],
  ] as const) {
    it(`says in the page what is wrong with ${name}`, async () => {
      await workbench.closeEditors();
      await workbench.openFile(name);
      const page = await workbench.webview("paper");
      await until(async () => says.test(await page.locator("body").innerText()), `the page says ${says}`, 20);
      await workbench.screenshot(`bad-${name}`);
    });
  }

  it("recovers when a child process is killed in mid-run", async () => {
    await workbench.closeEditors();
    await workbench.openFile("llama.py");
    const lines = readFileSync(join(folder, "llama.py"), "utf8").split("\n");
    await workbench.goTo(lines.findIndex(text => text.startsWith("class LlamaAttention")) + 1, 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await workbench.webview("component");
    await settled(panel);
    await sendPrompt(panel, "The dog likes the red ball");
    assert.ok(workbench.crash("session.js"), "models run in a process of their own");
    await until(
      async () => (await panel.locator("[data-token]").first().innerText()).startsWith("The"),
      "the tokens of the new prompt",
    );
    await settled(panel);
    assert.ok((await promptIds(panel)).length >= 6);

    const scale = " / math.sqrt(self.head_size)";
    const line = lines.findIndex(text => text.includes(scale)) + 1;
    const place = { row: 3, column: 1 };
    for (const [script, divisor] of [
      ["session.js", 2.5],
      ["tracer.js", 4.5],
    ] as const) {
      const { value } = await readCell(panel, "weights", place);
      await workbench.focusEditor("llama.py");
      // Watched for from before the edit: it may be over in tenths of a second.
      const working = panel.locator('main.panel[data-working="true"]').waitFor({ timeout: 60_000 });
      await workbench.replaceLine(line, lines[line - 1]!.replace(scale, ` / ${divisor}`));
      await working;
      assert.ok(workbench.crash(script), `${script} is a process of its own`);
      await until(async () => (await readCell(panel, "weights", place)).value !== value, "new numbers");
      await settled(panel);
    }
  });
});
