import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readCase, writeCheckpoint } from "../support/formula-weights.ts";
import { fixturesDirectory, transformersDirectory } from "../support/paths.ts";
import { line, pdfFile } from "../support/pdf-file.ts";
import { hoverWord, settled, until } from "./support/panel.ts";
import { sampleWorkspace } from "./support/sample.ts";
import { Workbench } from "./support/workbench.ts";

/** A paper of two pages that bears an arXiv id, as its stamp is printed. */
const NOTES = pdfFile([
  [
    line("Careful Notes on Routing Tokens", 20, 150),
    line("arXiv:2401.01234v2 [cs.CL] 3 Jan 2024", 20, 20),
  ].join("\n"),
  line("The softmax is a function that turns scores into weights.", 5, 100),
]);

const BLOCK = `"""The router of arXiv:2401.01234 (see also "Careful Notes on
Routing Tokens")."""
import torch
from torch import nn


class ToyAttention(nn.Module):
    def forward(self, hidden_states):
        scores = hidden_states @ hidden_states.transpose(-1, -2)
        weights = torch.softmax(scores, dim=-1)
        return weights @ hidden_states
`;

/** A paper about an encoder, with the terms by which that is seen. */
const ENCODER = pdfFile([
  Array.from({ length: 12 }, (_, row) =>
    line("A bidirectional masked language model, an encoder.", 10, 185 - 14 * row),
  ).join("\n"),
  line("Its attention weights say where each token looks.", 10, 100),
]);

/** A word is a token, of the few that there are. */
const TOKENIZER = {
  version: "1.0",
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: "Whitespace" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordLevel",
    vocab: { "[UNK]": 0, The: 1, animal: 2, street: 3, it: 4 },
    unk_token: "[UNK]",
  },
};

/** More places than a card lists. */
const LAYERS = [
  "import torch",
  ...["First", "Second", "Third", "Fourth", "Fifth", "Last"].flatMap(layer),
].join("\n");

function layer(name: string): string[] {
  return [
    `class ${name}LayerNorm(torch.nn.Module):`,
    "    def forward(self, x):",
    "        return x - x.mean(-1)",
  ];
}

describe("papers and code, both ways", { timeout: 600_000 }, () => {
  const { folder } = sampleWorkspace();
  mkdirSync(join(folder, "reading"));
  writeFileSync(join(folder, "reading", "notes.pdf"), NOTES);
  writeFileSync(join(folder, "toy.py"), BLOCK);
  writeFileSync(join(folder, "layers.py"), LAYERS);
  writeFileSync(join(folder, "encoder.pdf"), ENCODER);
  const huggingFace = mkdtempSync(join(tmpdir(), "papertrace-huggingface-"));
  let workbench: Workbench;

  before(async () => {
    const bert = fixturesDirectory("architectures/bert");
    const snapshot = join(huggingFace, "hub", "models--test--tiny-bert", "snapshots", "0");
    await writeCheckpoint(bert, snapshot, await readCase(bert));
    writeFileSync(join(snapshot, "tokenizer.json"), JSON.stringify(TOKENIZER));
    writeFileSync(join(snapshot, "tokenizer_config.json"), JSON.stringify({ unk_token: "[UNK]" }));
    workbench = await Workbench.open({
      folder,
      environment: { HF_HOME: huggingFace },
      settings: {
        "papertrace.defaultModel": "tiny-llama",
        "papertrace.transformersPath": transformersDirectory(),
        "workbench.editorAssociations": { "*.pdf": "papertrace.paper" },
      },
    });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("quotes what the workspace's papers say of a line, and goes to the sentence", async () => {
    await workbench.openFile("toy.py");
    const said = await workbench.hoverText(10, 28, "turns scores into weights");
    assert.match(said, /Careful Notes on Routing Tokens, page 2/);
    await workbench.screenshot("hover-quotes-papers");
    await workbench.page.keyboard.press("Escape");
    await workbench.goTo(10, 28);
    await workbench.command("Papertrace: Find in Papers");
    const rows = workbench.page.locator(".quick-input-list .monaco-list-row");
    const row = rows.filter({ hasText: "turns scores into weights" });
    await row.first().waitFor({ timeout: 30_000 });
    await workbench.screenshot("find-in-papers");
    await row.first().click();
    const paper = await workbench.webview("paper");
    await paper
      .locator('.page[data-page-number="2"] .passage-flash span')
      .first()
      .waitFor({ timeout: 30_000 });
    await paper
      .locator('.page[data-page-number="2"] .mention.flash span')
      .first()
      .waitFor({ timeout: 10_000 });
    await workbench.screenshot("flash-in-paper");
  });

  it("leads from an arXiv id and a title to the paper", async () => {
    await workbench.closeEditors();
    await workbench.openFile("toy.py");
    const links = workbench.page.locator(".detected-link");
    await until(async () => (await links.count()) >= 2, "both citations are links");
    await workbench.screenshot("citations");
    const opened = workbench.page.locator('.tab.active[data-resource-name="notes.pdf"]');
    // Shapes that arrive draw the line anew, under the pointer too; a hover that was waiting for it may lie over the link.
    await until(async () => {
      if ((await opened.count()) > 0) return true;
      await workbench.page.mouse.move(2, 2);
      await workbench.page.keyboard.press("Escape");
      await workbench.controlClick(links.first(), 2_000).catch(() => undefined);
      return false;
    }, "the link opens the paper").catch(async error => {
      await workbench.screenshot("link-not-followed");
      throw error;
    });
  });

  it("lists the paper's components by section, and goes to one", async () => {
    await workbench.closeEditors();
    await workbench.openFile("paper.pdf");
    await workbench.webview("paper");
    await workbench.command("Papertrace: Focus on In This Paper View");
    const tree = workbench.page.locator(".pane", { hasText: "In This Paper" }).locator(".monaco-list-row");
    await until(async () => (await tree.count()) > 5, "the view lists components");
    await workbench.screenshot("paper-outline");
    const labels = await tree.evaluateAll(rows => rows.map(row => row.getAttribute("aria-label") ?? ""));
    assert.ok(
      labels.some(label => /mentions?, here first on page \d/.test(label)),
      labels.join("\n"),
    );
    const entry = tree.filter({ hasText: /Self-attention/i }).first();
    await entry.click();
    const paper = await workbench.webview("paper");
    await paper
      .locator('.mention.flash[data-component="self-attention"] span')
      .first()
      .waitFor({ timeout: 10_000 });
  });

  it("shows in a mention's card the other mentions, the lines of code, the model and why", async () => {
    const paper = await workbench.webview("paper");
    const mention = paper.locator('.mention[data-component="self-attention"] span').first();
    await paper.locator(".pages").press("Control+Home");
    const card = paper.locator(".card");
    await hoverWord(workbench, mention, card);
    await card.locator(".source-list button").first().waitFor({ timeout: 90_000 });
    await workbench.screenshot("mention-card");
    assert.ok((await card.locator(".mention-list button").count()) > 3);
    assert.match(await card.innerText(), /Implemented in this workspace/);
    assert.match(await card.innerText(), /llama\.py:\d+/);
    await card.locator(".source-list button").first().click();
    await workbench.page.locator('.tab.active[data-resource-name$=".py"]').waitFor({ timeout: 20_000 });
  });

  it("quotes what the paper says a component is, and peeks at all lines that implement it", async () => {
    await workbench.closeEditors();
    await workbench.openFile("paper.pdf");
    const paper = await workbench.webview("paper");
    const card = paper.locator(".card");
    const softmax = paper.locator('.mention[data-component="softmax"] span').first();
    await softmax.waitFor({ state: "attached", timeout: 60_000 });
    await hoverWord(workbench, softmax, card);
    assert.match(await card.locator("blockquote").innerText(), /“The softmax turns each row .*” page 1/);
    assert.equal(await card.locator(".card-formula .katex").count(), 1);
    await workbench.page.keyboard.press("Escape");
    const mention = paper.locator('.mention[data-component="layer-norm"] span').first();
    await hoverWord(workbench, mention, card);
    await card.getByText(/^All \d+ places$/).click({ timeout: 90_000 });
    const peek = workbench.page.locator(".peekview-widget");
    await peek.waitFor({ timeout: 30_000 });
    await until(async () => (await peek.locator(".monaco-list-row").count()) > 0, "the places");
    await workbench.screenshot("peek-from-paper");
    assert.match(await peek.innerText(), /layers\.py/);
    await workbench.page.keyboard.press("Escape");
    await peek.waitFor({ state: "detached" });
  });

  it("chooses an encoder for a paper about encoders where one is at hand, and says so at once", async () => {
    await workbench.closeEditors();
    await workbench.openFile("encoder.pdf");
    const paper = await workbench.webview("paper");
    const mention = paper.locator('.mention[data-component="self-attention"]').first();
    await mention.waitFor({ state: "attached", timeout: 60_000 });
    await mention.evaluate(each => (each as HTMLElement).click());
    const panel = await workbench.webview("component");
    const title = panel.locator("header.title-line");
    const chosen =
      /Chosen because the paper is about an encoder \(“(?:bidirectional|masked language model)” 12×/;
    await until(async () => chosen.test(await title.innerText()), "the reason");
    await settled(panel).finally(() => workbench.screenshot("panel-of-closest-model"));
    assert.match(await title.innerText(), /test\/tiny-bert/);
  });

  it("shows what a symbol of an equation is in the model", async () => {
    await workbench.closeEditors();
    await workbench.openFile("paper.pdf");
    const paper = await workbench.webview("paper");
    const symbol = paper.locator('.equation-symbol[data-symbol="query"]').first();
    await symbol.waitFor({ timeout: 30_000, state: "attached" });
    await symbol.evaluate(each => each.firstElementChild!.scrollIntoView({ block: "center" }));
    const card = paper.locator(".symbol-card");
    await hoverWord(workbench, symbol.locator("span").first(), card);
    await card.getByText(/mean .* ± .* · min/).waitFor({ timeout: 90_000 });
    await workbench.screenshot("equation-symbol");
    assert.match(await card.innerText(), /heads \d+ × query \d+ × feature \d+/);
    await card.getByText("Run live").click();
    const panel = await workbench.webview("component");
    await settled(panel);
    await workbench.screenshot("panel-from-paper");
    assert.match(
      await panel.locator("header.title-line").innerText(),
      /paper is about|The paper does not show/,
    );
  });
});
