import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { writeSafetensors } from "../../src/runtime/weights/safetensors.ts";
import { writeLargeGguf, writeLargeSafetensors } from "../support/large-checkpoint.ts";
import { projectDirectory } from "../support/paths.ts";
import { faults } from "./support/accessibility.ts";
import { until } from "./support/panel.ts";
import { THEMES, Workbench } from "./support/workbench.ts";

describe("the editor for checkpoints", { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-checkpoint-"));
  writeLargeSafetensors(join(folder, "large"));
  writeLargeGguf(join(folder, "large.gguf"));
  cpSync(join(projectDirectory, "media", "sources", "llama.py"), join(folder, "llama.py"));
  const source = readFileSync(join(folder, "llama.py"), "utf8").split("\n");
  const lineOf = (part: string) => source.findIndex(line => line.includes(part)) + 1;
  const columnOf = (part: string, word: string) => source[lineOf(part) - 1]!.indexOf(word) + 2;
  let workbench: Workbench;
  let page: Frame;

  const tree = () => page.getByRole("tree");
  const detail = () => page.getByRole("region", { name: "Details" });
  const row = (name: string | RegExp) => page.getByRole("treeitem", { name });

  before(async () => {
    workbench = await Workbench.open({
      folder,
      settings: { "papertrace.defaultModel": "tiny-llama", "papertrace.inlayShapes": "names" },
    });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("shows 70 billion parameters in one file of GGUF with equal layers once", async () => {
    await workbench.openFile("large.gguf");
    page = await workbench.webview("checkpoint");
    const layers = row(/^blk\.0…79 × 80 68\.5 B/);
    await layers.waitFor();
    assert.match(await page.locator("header").innerText(), /70\.6 B/);
    await row(/^attn_q\.weight × 80 8.192 × 8.192 Q8_0/).click();
    await detail().getByText("model.layers.0.self_attn.q_proj.weight").waitFor();
    await detail().getByRole("button", { name: "Next equal tensor" }).click();
    await detail().getByText("blk.1.attn_q.weight").waitFor();
    await workbench.screenshot("checkpoint-gguf");
  });

  it("shows a file anew when it changes on disk, and what it held before while it cannot be read", async () => {
    const path = join(folder, "trained.safetensors");
    const layers = (count: number) =>
      writeSafetensors(
        path,
        Array.from({ length: count }, (_, layer) => ({
          name: `layers.${layer}.weight`,
          dtype: "float32" as const,
          shape: [2, layer + 2],
        })),
        layer => new Uint8Array(4 * 2 * (layer + 2)),
      );
    await layers(2);
    await workbench.openFile("trained.safetensors");
    const header = () => page.locator("header").innerText();
    await until(
      async () => {
        page = await workbench.webview("checkpoint");
        return /^trained[\s\S]*2 tensors/.test(await header());
      },
      "the first two",
      30,
    );
    await page.getByRole("searchbox").fill("1");
    await row(/weight 2 × 3/).click();
    await layers(3);
    await until(async () => (await header()).includes("3 tensors"), "the third", 30);
    await detail().getByText("layers.1.weight").waitFor();
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 8));
    const notice = page.getByRole("alert");
    await notice.filter({ hasText: /before it changed.*trained\.safetensors/ }).waitFor({ timeout: 30_000 });
    assert.match(await header(), /3 tensors/);
    await workbench.screenshot("checkpoint-outdated");
    writeFileSync(path, whole);
    await notice.waitFor({ state: "detached", timeout: 30_000 });
    await workbench.closeEditors();
  });

  it("opens all shards of an index by the command", async () => {
    await workbench.openFile("model.safetensors.index.json");
    await workbench.command("Papertrace: Open Checkpoint");
    await until(
      async () => {
        page = await workbench.webview("checkpoint");
        return (await page.locator("header").innerText()).includes("30 files");
      },
      "the shards",
      60,
    );
    await row(/^layers\.0…79 × 80/).waitFor();
  });

  it("is searched and walked through with the keyboard", async () => {
    await page.getByRole("searchbox").fill("17 q_proj");
    await row(/q_proj\.weight 8.192 × 8.192 BF16/).waitFor();
    await page.getByRole("searchbox").press("Enter");
    assert.equal(await tree().evaluate(element => element === document.activeElement), true);
    await page.getByRole("searchbox").fill("");
    await tree().focus();
    await tree().press("Home");
    assert.match(await page.getByRole("treeitem", { selected: true }).innerText(), /^lm_head/);
    await tree().press("ArrowDown");
    await tree().press("ArrowLeft");
    assert.equal(await page.getByRole("treeitem").count(), 2);
    await tree().press("ArrowRight");
    await tree().press("ArrowRight");
    const chosen = page.getByRole("treeitem", { selected: true });
    assert.match(await chosen.innerText(), /^embed_tokens\.weight/);
    assert.equal(await tree().getAttribute("aria-activedescendant"), await chosen.getAttribute("id"));
  });

  it("has roles, names and contrast that a checker finds no fault with", async () => {
    assert.deepEqual(await faults(page), []);
  });

  it("shows the weight that a line makes", async () => {
    await workbench.closeEditors();
    await workbench.openFile("llama.py");
    const call = "query = self.q_proj(";
    await workbench.goTo(lineOf(call));
    const called = workbench.page.locator(".view-line", { hasText: "self.q_proj(hidden)" }).first();
    // The very first trace on a machine makes a snapshot of the interpreter.
    await until(async () => /query\s*\(batch/.test(await called.innerText()), "the shape of query", 240);
    const made = "self.q_proj = nn.Linear";
    const hover = await workbench.hoverText(lineOf(made), columnOf(made, "q_proj"), "Go to weight");
    assert.match(hover, /q_proj\.weight/);
    await workbench.page.keyboard.press("Escape");
    await workbench.command("Papertrace: Go to Weight");
    page = await workbench.webview("checkpoint");
    assert.match(await page.locator("header").innerText(), /model\.safetensors/);
    await detail()
      .getByText(/layers\.\d+\.self_attn\.q_proj\.weight/)
      .first()
      .waitFor();
    assert.match(await page.getByRole("treeitem", { selected: true }).innerText(), /^q_proj\.weight/);
  });

  it("reads the numbers of a tensor when it is asked", async () => {
    for (const { name, kind } of THEMES) {
      await workbench.theme(name);
      const worn = () => page.locator("body").getAttribute("data-theme");
      const expected = {
        vs: "light",
        "vs-dark": "dark",
        "hc-black": "high-contrast",
        "hc-light": "high-contrast-light",
      };
      await until(async () => (await worn()) === expected[kind], `the page in ${name}`, 20);
    }
    await workbench.theme("Dark 2026");
    await detail().getByRole("button", { name: "Read numbers" }).click();
    await detail().getByText("Standard deviation").waitFor();
    await detail()
      .getByRole("img", { name: /^Histogram from/ })
      .waitFor();
    const inView = () =>
      page.evaluate(() => {
        const { top, bottom } = document
          .querySelector("[aria-label^='Histogram from']")!
          .getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      });
    assert.ok(await inView());
    await workbench.screenshot("checkpoint-weight");
  });

  it("goes back to the line that makes a tensor", async () => {
    await workbench.showTab("llama.py");
    await workbench.goTo(1);
    await detail().getByRole("button", { name: "Open source" }).click();
    const line = `Ln ${lineOf("self.q_proj = nn.Linear")},`;
    await workbench.page.locator(".statusbar-item", { hasText: line }).waitFor();
  });

  it("goes from a call to the weight of the module that is called", async () => {
    const call = "key = self.k_proj(";
    await workbench.showTab("llama.py");
    await workbench.hoverText(lineOf(call), columnOf(call, "k_proj"), "Go to weight");
    await workbench.page.locator(".monaco-hover:visible a", { hasText: "Go to weight" }).click();
    await detail()
      .getByText(/self_attn\.k_proj\.weight/)
      .first()
      .waitFor();
  });

  it("says why a line leads to no weight", async () => {
    const line = lineOf("batch, key_heads, length, head_size = x.shape");
    await workbench.showTab("llama.py");
    await workbench.goTo(line);
    await workbench.command("Papertrace: Go to Weight");
    await workbench.command("Notifications: Show Notifications");
    const reason = `Line ${line} of llama.py neither makes a weight nor calls a module that has one.`;
    await until(
      async () => (await workbench.notifications()).some(text => text.startsWith(reason)),
      "the reason",
      20,
    );
  });
});
