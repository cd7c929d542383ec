import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";

import { fixturesDirectory } from "../support/paths.ts";
import { settled, status, until } from "./support/panel.ts";
import { pythonWithTorch } from "./support/pytorch.ts";
import { Workbench } from "./support/workbench.ts";

const python = pythonWithTorch();
/** The very first trace on a machine makes a snapshot of the interpreter. */
const FIRST = 240_000;

function workspace(): string {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-any-source-"));
  cpSync(fixturesDirectory("editor"), folder, { recursive: true });
  return folder;
}

describe("panels of any source, and what is done with them", { timeout: 600_000 }, () => {
  const folder = workspace();
  let workbench: Workbench;

  const lens = (part: string) => workbench.page.locator(".codelens-decoration a", { hasText: part }).first();
  const settledPanel = async (): Promise<Frame> => {
    const panel = await workbench.webview("component", 120_000);
    await settled(panel);
    return panel;
  };

  before(async () => {
    workbench = await Workbench.open({
      folder,
      settings: {
        "papertrace.defaultModel": "tiny-llama",
        ...(python === null ? {} : { "papertrace.pythonPath": python }),
      },
    });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("gives a class that takes a picture one, and says so", async () => {
    await workbench.openFile("vision.py");
    await lens("Run live").waitFor({ timeout: FIRST });
    const line = readFileSync(join(folder, "vision.py"), "utf8")
      .split("\n")
      .indexOf("class Classifier(nn.Module):");
    await workbench.goTo(line + 1, 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await settledPanel();
    assert.equal(await status(panel), "random");
    const example = panel.locator('[data-example="picture"]');
    assert.match(await example.innerText(), /^image a drawn picture \d+ × 3 × 32 × 32$/);
    assert.match(await panel.locator("main").innerText(), /random weights/);
    const rows = panel.locator("[data-value-id]");
    assert.match((await rows.allInnerTexts()).join("\n"), /tokens[\s\S]*pooled/);
    await workbench.screenshot("panel-picture");
  });

  it("compares what a panel shows with the reader's own PyTorch, once that is allowed", {
    skip: python === null ? "no Python of this machine has PyTorch" : false,
  }, async () => {
    await workbench.command("Papertrace: Compare with PyTorch");
    const question = workbench.page.locator(".monaco-dialog-box");
    await question.waitFor({ timeout: 30_000 });
    assert.ok((await question.innerText()).includes(python!), "the question names the interpreter");
    await question.getByText("Run", { exact: true }).click();
    const view = workbench.page.locator(".pane", { hasText: "Classifier · vision.py" });
    await view.getByText(/values agree with PyTorch/).waitFor({ timeout: 180_000 });
    const row = view.locator(".monaco-list-row", { hasText: "vision.py:15" }).first();
    await row.click();
    await workbench.page.locator(".statusbar-item", { hasText: "Ln 15," }).waitFor({ timeout: 20_000 });
    await workbench.screenshot("compared");
  });

  it("builds what is too large for random weights smaller, and says so", async () => {
    await workbench.closeEditors();
    await workbench.openFile("large.py");
    await lens("Run live").waitFor({ timeout: 120_000 });
    await workbench.goTo(16, 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await settledPanel();
    assert.equal(await status(panel), "random");
    assert.match(
      await panel.locator("header").innerText(),
      /it runs smaller: Large\(args=ModelArgs\(dim=64, n_layers=2, vocab_size=100\)\)/,
    );
    await workbench.screenshot("panel-smaller");
  });

  it("runs a class of a notebook's cell, with what the cells give it", async () => {
    await workbench.closeEditors();
    await workbench.openFile("lesson.ipynb");
    await lens("Run live").click({ timeout: 60_000 });
    const panel = await settledPanel();
    await workbench.screenshot("panel-notebook");
    assert.match(await panel.locator("main").innerText(), /lesson\.ipynb, cell 3, line 9/);
    assert.match(await panel.locator("[data-example]").first().innerText(), /^x .* 1 × 6 × 40$/);
  });

  it("says before a download what the CUDA provider needs and weighs, or why it is of no use", async () => {
    await workbench.command("Papertrace: Get the CUDA Provider");
    if (existsSync("/proc/driver/nvidia/version")) {
      const question = workbench.page.locator(".monaco-dialog-box");
      assert.match(await question.innerText(), /247 MB[\s\S]*pypi\.org[\s\S]*SHA-256/);
      await question.getByText("Cancel").click();
      return;
    }
    await workbench.command("Notifications: Show Notifications");
    await until(
      async () => (await workbench.notifications()).some(text => /NVIDIA|Linux on x64/.test(text)),
      "the reason",
      20,
    );
    const reason = (await workbench.notifications()).find(text => /NVIDIA|Linux on x64/.test(text));
    assert.match(reason!, /set papertrace\.provider to “webgpu”/i);
    assert.equal(await workbench.page.locator(".monaco-dialog-box").count(), 0);
  });
});

describe("Korean", { timeout: 300_000 }, () => {
  const folder = workspace();
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.open({
      folder,
      locale: "ko",
      settings: { "papertrace.defaultModel": "tiny-llama", "papertrace.inlayShapes": "names" },
    });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("is spoken by the lines above classes, hovers, panels and commands", async () => {
    await workbench.openFile("gpt.py");
    const lines = readFileSync(join(folder, "gpt.py"), "utf8").split("\n");
    const softmax = lines.findIndex(line => line.includes("F.softmax("));
    await workbench.goTo(softmax + 1);
    const run = workbench.page.locator(".codelens-decoration a", { hasText: "바로 실행 · 레이어 0" }).first();
    await run.waitFor({ timeout: FIRST });
    const hover = await workbench.hoverText(
      softmax + 1,
      lines[softmax]!.indexOf("softmax") + 3,
      /\(배치, 4, 시퀀스, 시퀀스\)/,
    );
    assert.match(hover, /레이어 0 · blocks\.0\.attention/);
    await workbench.page.keyboard.press("Escape");
    await run.click();
    const panel = await workbench.webview("component", 120_000);
    await settled(panel);
    assert.match(await panel.locator("h1").first().innerText(), /셀프 어텐션/);
    assert.equal(await panel.locator("html").getAttribute("lang"), "ko");
    await workbench.screenshot("korean");
    await workbench.page.keyboard.press("F1");
    await workbench.page.keyboard.type("PyTorch와 비교");
    await workbench.page
      .locator(".quick-input-list .monaco-list-row", { hasText: "PyTorch와 비교" })
      .waitFor();
  });
});
