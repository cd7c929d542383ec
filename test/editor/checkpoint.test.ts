import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { writeLargeGguf, writeLargeSafetensors } from "../support/large-checkpoint.ts";
import { projectDirectory } from "../support/paths.ts";
import { until } from "./support/panel.ts";
import { Workbench } from "./support/workbench.ts";

const AXE = join(projectDirectory, "node_modules", "axe-core", "axe.min.js");

describe("the editor for checkpoints", { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-checkpoint-"));
  writeLargeSafetensors(join(folder, "large"));
  writeLargeGguf(join(folder, "large.gguf"));
  let workbench: Workbench;
  let page: Frame;

  const tree = () => page.getByRole("tree");
  const row = (name: string | RegExp) => page.getByRole("treeitem", { name });

  before(async () => {
    workbench = await Workbench.open({
      folder,
      settings: { "papertrace.defaultModel": "tiny-llama" },
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
    const detail = page.getByRole("region", { name: "Details" });
    await detail.getByText("model.layers.0.self_attn.q_proj.weight").waitFor();
    await detail.getByRole("button", { name: "Next of the equal ones" }).click();
    await detail.getByText("blk.1.attn_q.weight").waitFor();
    await workbench.screenshot("checkpoint-gguf");
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
    await page.evaluate(readFileSync(AXE, "utf8"));
    const violations = await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations.map(({ id }) => id);
    });
    assert.deepEqual(violations, []);
  });
});
