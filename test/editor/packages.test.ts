import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { indexOf, wheel } from "../support/wheels.ts";
import { type StandInHub, startHub } from "../unit/models/stand-in-hub.ts";
import { settled, status, until } from "./support/panel.ts";
import { Workbench } from "./support/workbench.ts";

const SOURCE = `import torch
from torch import nn
from tiny_layers import mix


class Mixer(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.project = nn.Linear(width, width)

    def forward(self, x: torch.Tensor):
        mixed = mix(self.project(x))
        return mixed
`;

const LAYERS = wheel(
  "tiny-layers",
  "1.2.0",
  {
    "tiny_layers/__init__.py":
      "from tiny_sums import twice\n\n\ndef mix(x):\n    return twice(x).transpose(-1, -2)\n",
  },
  {
    headers: [
      "Summary: Layers of a test",
      "License-Expression: MIT",
      "Requires-Dist: tiny-sums>=1",
      "Requires-Dist: torch",
    ],
  },
);
const SUMS = wheel(
  "tiny-sums",
  "1.0",
  { "tiny_sums.py": "def twice(x):\n    return x + x\n" },
  { headers: ["License-Expression: BSD-3-Clause"] },
);

/** The very first trace on a machine makes a snapshot of the interpreter. */
const FIRST = 240_000;

describe("a package that a source imports and that is not there", { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-packages-"));
  const cache = mkdtempSync(join(tmpdir(), "papertrace-cache-"));
  const packages = join(cache, "packages");
  let index: StandInHub;
  let workbench: Workbench;

  before(async () => {
    writeFileSync(join(folder, "mixer.py"), SOURCE);
    index = await startHub(indexOf([LAYERS, SUMS]));
    workbench = await Workbench.open({
      folder,
      environment: { PIP_INDEX_URL: `${index.address}/simple`, PAPERTRACE_CACHE: cache },
      settings: { "papertrace.defaultModel": "tiny-llama", "papertrace.inlayShapes": "names" },
    });
  });
  after(async () => {
    await workbench?.dispose();
    await index?.close();
  });

  const lens = (part: string) => workbench.page.locator(".codelens-decoration a", { hasText: part }).first();
  const question = () => workbench.page.locator(".monaco-dialog-box");
  const downloads = () => index.requests.filter(({ path }) => path.endsWith(".whl"));

  it("is named with its import, and offered above the class, at the import and in the panel; nothing is asked of the index", async () => {
    await workbench.openFile("mixer.py");
    await lens("Get tiny-layers to run Mixer").waitFor({ timeout: FIRST });
    await workbench.goTo(3, 8);
    await workbench.page.keyboard.press("Control+.");
    const menu = workbench.page.locator(".action-widget", { hasText: "Get the Python package tiny-layers…" });
    await menu.waitFor({ timeout: 20_000 });
    await workbench.page.keyboard.press("Escape");
    await workbench.goTo(6, 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await workbench.webview("component", 120_000);
    await until(async () => (await status(panel)) === "failed", "the panel says why");
    assert.match(
      await panel.locator(".failure").innerText(),
      /mixer\.py:3 imports tiny_layers, a package that is not here: get it with “Papertrace: Get a Python Package…”/,
    );
    await workbench.screenshot("package-missing");
    assert.deepEqual(index.requests, []);
  });

  it("says what it weighs, its licence and what it needs before anything is downloaded", async () => {
    const panel = await workbench.webview("component");
    await panel.getByText("Get tiny-layers…").click();
    await question().waitFor({ timeout: 30_000 });
    const text = await question().innerText();
    assert.match(text, /Get the Python package tiny-layers 1\.2\.0 and 1 more that it needs\?/);
    assert.match(text, /Layers of a test/);
    assert.ok(text.includes(new URL(index.address).host), "the question names where from");
    assert.match(
      text,
      /tiny-layers 1\.2\.0: \d+ B, licence MIT\s+tiny-sums 1\.0: \d+ B, licence BSD-3-Clause/,
    );
    assert.match(text, /SHA-256/);
    await workbench.screenshot("package-question");
    await question().getByText("Cancel", { exact: true }).click();
    await question().waitFor({ state: "detached" });
    assert.deepEqual(downloads(), []);
    assert.ok(!existsSync(packages));
  });

  it("comes once that is agreed to, and panel and shapes go on by themselves", async () => {
    const panel = await workbench.webview("component");
    await panel.getByText("Get tiny-layers…").click();
    await question().getByText("Download", { exact: true }).click({ timeout: 30_000 });
    await settled(panel);
    assert.equal(await status(panel), "random");
    assert.deepEqual(readdirSync(packages).sort(), ["tiny-layers-1.2.0", "tiny-sums-1.0"]);
    await lens("Run live").waitFor({ timeout: 60_000 });
    const hint = workbench.page.locator(".view-line", { hasText: "mixed" }).first();
    await until(async () => /8,\s*\w/.test(await hint.innerText()), "shapes through the package are shown");
    await workbench.page.locator('.activitybar a[aria-label="Papertrace"]').click();
    const row = workbench.page.locator(".pane .monaco-list-row", { hasText: "tiny-layers 1.2.0" });
    await row.waitFor({ timeout: 20_000 });
    assert.match(await row.innerText(), /MIT/);
    await workbench.screenshot("package-here");
  });

  it("can be removed again, and its sources say so", async () => {
    const row = workbench.page.locator(".pane .monaco-list-row", { hasText: "tiny-layers 1.2.0" });
    await row.hover();
    await row.locator('[aria-label^="Remove a Python Package"]').click();
    await question().getByText("Remove", { exact: true }).click({ timeout: 20_000 });
    await lens("Get tiny-layers to run Mixer").waitFor({ timeout: 60_000 });
    assert.deepEqual(readdirSync(packages), ["tiny-sums-1.0"]);
  });
});
