import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { findModel } from "../../src/runtime/models/checkpoint.ts";
import { transformersDirectory } from "../support/paths.ts";
import { seriousFaults } from "./support/accessibility.ts";
import { element, papertrace, statistics, tapped } from "./support/command-line.ts";
import { chosenHead, hoverWord, promptIds, readCell, settled, shownModule, until } from "./support/panel.ts";
import { sampleWorkspace } from "./support/sample.ts";
import { assertShown, parseShown, SHOWN_NUMBER } from "./support/shown-number.ts";
import { THEMES, Workbench } from "./support/workbench.ts";

const MODEL = "tiny-llama";
const SETTINGS = {
  "papertrace.defaultModel": MODEL,
  "workbench.editorAssociations": { "*.pdf": "papertrace.paper" },
};
const PLACE = { row: 4, column: 2 };

describe("a tour of paper, source and panel", { timeout: 400_000 }, () => {
  const { folder } = sampleWorkspace();
  const source = join(folder, "llama.py");
  const lines = readFileSync(source, "utf8").split("\n");
  const lineOf = (text: string) => lines.findIndex(line => line.startsWith(text)) + 1;
  let workbench: Workbench;

  const tap = async (panel: Frame, variables: readonly string[]) => {
    const module = await shownModule(panel);
    const run = await tapped({
      model: (await findModel(MODEL)).folder,
      source,
      class: "LlamaForCausalLM",
      transformers: transformersDirectory(),
      ids: await promptIds(panel),
      taps: variables.map(variable => `${module}:${variable}`),
    });
    return (variable: string) => run.get(`${module}:${variable}`)!;
  };

  const equalsCommandLine = async (panel: Frame) => {
    const weights = (await tap(panel, ["weights#0"]))("weights#0");
    const { value, text } = await readCell(panel, "weights", PLACE);
    const expected = element(weights, 0, await chosenHead(panel), PLACE.row, PLACE.column);
    assert.ok(Math.abs(value - expected) <= 1e-5, `page ${value}, command line ${expected}`);
    assertShown(text, expected, "the cell");
    return value;
  };

  before(async () => {
    workbench = await Workbench.open({ folder, settings: SETTINGS });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("lists the models in their view", async () => {
    await workbench.page.locator('.activitybar a[aria-label="Papertrace"]').click();
    await workbench.page
      .locator(".sidebar .monaco-list-row", { hasText: "Tiny Llama" })
      .waitFor({ timeout: 60_000 });
    await workbench.screenshot("models-view");
    await workbench.page.locator('.activitybar a[aria-label="Papertrace"]').click();
  });

  it("explains a mention of a paper that the pointer rests on", async () => {
    await workbench.openFile("paper.pdf");
    const paper = await workbench.webview("paper");
    const mention = paper.locator('.mention[data-component="self-attention"] span').first();
    await mention.waitFor({ state: "attached", timeout: 60_000 });
    await mention.scrollIntoViewIfNeeded();
    const card = paper.getByRole("dialog");
    await hoverWord(workbench, mention, card);
    await workbench.screenshot("paper-card");
    assert.match(await card.getByRole("heading", { level: 2 }).innerText(), /self-attention/i);
    assert.ok(await card.getByText("Run live").isVisible());
    assert.match(await card.innerText(), /mention/);
  });

  it("opens a panel from the line above a class", async () => {
    await workbench.openFile("llama.py");
    const line = lineOf("class LlamaAttention");
    await workbench.goTo(line, 8);
    await clickLens(workbench, "class LlamaAttention(");
    const panel = await workbench.webview("component");
    await settled(panel);
    assert.match(await shownModule(panel), /self_attn$/);
    await equalsCommandLine(panel);
  });

  it("names the model and where it is computed in the status bar", async () => {
    await workbench.page
      .locator(".statusbar-item", { hasText: /Tiny Llama.* · CPU/ })
      .waitFor({ timeout: 20_000 });
  });

  it("changes layer and head", async () => {
    const panel = await workbench.webview("component");
    const first = await shownModule(panel);
    const before = await equalsCommandLine(panel);
    await panel.locator(".module-picker vscode-dropdown").click();
    await panel.locator(".module-picker vscode-option").nth(2).click();
    await until(async () => (await shownModule(panel)) !== first, "another layer");
    await settled(panel);
    assert.match(await shownModule(panel), /\.2\./);
    const inLayer = await equalsCommandLine(panel);
    assert.notEqual(inLayer, before);

    await panel.locator('[data-head="3"]').click();
    await until(async () => (await chosenHead(panel)) === 3, "another head");
    await settled(panel);
    assert.notEqual(await equalsCommandLine(panel), inLayer);
  });

  it("goes on with the text as the command line does, and says with what", async () => {
    const panel = await workbench.webview("component");
    await panel.getByText("Continue text").click();
    const written = async () =>
      (await panel.locator(".continuation").getAttribute("data-writing")) === "false";
    await until(written, "the continuation");
    const before = (await promptIds(panel)).length;
    const prompt = (await panel.locator("[data-token]").allTextContents()).join("").replaceAll("·", " ");
    const command = ["generate", "--model", MODEL, "--prompt", prompt, "--tokens", "24", "--json"];
    const { text } = JSON.parse(papertrace(command));
    assert.equal(await panel.locator("[data-continued]").textContent(), text);
    const figures = panel.locator("[data-continuation-figures]");
    assert.match(await figures.innerText(), new RegExp(`^${SHOWN_NUMBER} ms per token · `));
    assert.equal(await figures.getAttribute("data-rounded"), "false");
    await workbench.screenshot("continued-text");

    await panel.getByText("Add to text").click();
    await until(async () => (await promptIds(panel)).length > before, "a longer text");
    assert.equal(await panel.locator(".continuation").count(), 0, "it goes on from another text");
    await panel.locator("body").press("g");
    await until(written, "the continuation by keyboard");
    await panel.getByText("Edit text").click();
    const field = panel.locator(".text-strip input").first();
    await field.fill(prompt);
    await field.press("Enter");
    await until(async () => (await promptIds(panel)).length === before, "the text from before");
    await settled(panel);
  });

  it("derives the cell under the pointer in its own numbers", async () => {
    const panel = await workbench.webview("component");
    await panel.locator("[data-step=scaled]").click();
    await panel.locator("[data-figure=scaled] td").first().waitFor({ state: "attached" });
    const scaled = await readCell(panel, "scaled", PLACE);
    const shown = panel.locator("[data-inspector] [data-value]");
    const size = (await promptIds(panel)).length;
    await until(async () => {
      const box = (await panel.locator("[data-heat-map] canvas").boundingBox())!;
      const x = box.x + ((PLACE.column + 0.5) / size) * box.width;
      const y = box.y + ((PLACE.row + 0.5) / size) * box.height;
      await workbench.page.mouse.move(x - 2, y);
      await workbench.page.mouse.move(x, y);
      return Number(await shown.getAttribute("data-value")) === scaled.value;
    }, "the cell's value");
    await workbench.screenshot("derivation");
    assertShown(await shown.innerText(), scaled.value, "the value");

    const derivation = await panel.locator("[data-derivation]").innerText();
    const number = `(${SHOWN_NUMBER})`;
    const written = new RegExp(`q·k = ${number}\\s+q·k/√(\\d+) = ${number} / ${number} = ${number}`).exec(
      derivation,
    );
    assert.ok(written, `the scaling is written out: ${derivation}`);
    const [, product, width, numerator, root, quotient] = written as unknown as string[];
    assert.equal(numerator, product);
    assertShown(root!, Math.sqrt(Number(width)), "√d");
    assertShown(quotient!, scaled.value, "the quotient");
    const dot = parseShown(product!);
    const divisor = Math.sqrt(Number(width));
    const error = Math.abs(dot.value / divisor - scaled.value);
    assert.ok(error <= dot.tolerance / divisor + 1e-6, `${product} / √${width} is not ${scaled.value}`);
  });

  it("has roles, names and contrast that a checker finds no serious fault with, in every theme", async () => {
    const panel = await workbench.webview("component");
    for (const { name } of THEMES) {
      await workbench.theme(name);
      assert.deepEqual(await seriousFaults(panel), [], name);
    }
    await workbench.theme("Light 2026");
  });

  it("leads to the line of source, and to where an open paper says it", async () => {
    const panel = await workbench.webview("component");
    const quote = panel.locator(".source-quote").first();
    const line = Number(await quote.locator(".line-number").innerText());
    assert.match(lines[line - 1]!, /scaled = /);
    await quote.getByText("Open source").click();
    await workbench.page
      .locator(".statusbar-item", { hasText: new RegExp(`Ln ${line}, Col `) })
      .waitFor({ timeout: 20_000 });

    await workbench.showTab("paper.pdf");
    const paper = await workbench.webview("paper");
    await paper.evaluate(() => {
      const scroller = document.querySelector(".pdfViewer")!.parentElement!;
      scroller.scrollTop = scroller.scrollHeight;
    });
    const mention = paper
      .locator('.page[data-page-number="1"] .mention[data-component="self-attention"]')
      .first();
    const visible = () =>
      mention.evaluate(each => {
        const box = (each.firstElementChild ?? each).getBoundingClientRect();
        return box.bottom > 0 && box.top < innerHeight;
      });
    await until(async () => !(await visible().catch(() => false)), "the first mention is out of sight");
    await panel.getByText("Find in paper").first().click();
    // The sentence that a list of all of them begins with is shown while the reader chooses.
    await paper
      .locator('.mention.flash[data-component="self-attention"] span')
      .first()
      .waitFor({ timeout: 60_000 });
    await workbench.screenshot("found-in-paper");
    await workbench.page.keyboard.press("Enter");
    await workbench.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  });

  it("lists what any other component assigns, with statistics", async () => {
    await workbench.closeEditors();
    await workbench.openFile("llama.py");
    await workbench.goTo(lineOf("class LlamaMLP"), 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await workbench.webview("component");
    await settled(panel);
    await workbench.screenshot("general-view");
    assert.match(await shownModule(panel), /mlp$/);
    const names = ["gate", "up", "gated"];
    const rows = panel.locator("[data-value-id]");
    const expected = await tap(
      panel,
      names.map(name => `${name}#0`),
    );
    for (const name of names) {
      const { mean, std } = statistics(expected(`${name}#0`));
      const row = rows.filter({ has: panel.locator("b", { hasText: new RegExp(`^${name}$`) }) });
      const text = await row.locator("[data-mean]").innerText();
      const [shownMean, shownStd] = text.split(" ± ");
      assertShown(shownMean!, mean, `mean of ${name}`);
      assertShown(shownStd!, std, `standard deviation of ${name}`);
    }
  });
});

describe("a workspace that is not trusted", { timeout: 200_000 }, () => {
  const { folder } = sampleWorkspace();
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.open({ folder, settings: SETTINGS, workspaceTrust: true });
    await workbench.page
      .locator(".statusbar-item", { hasText: "Restricted Mode" })
      .waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("explains source and runs none of it", async () => {
    await workbench.openFile("llama.py");
    const lines = readFileSync(join(folder, "llama.py"), "utf8").split("\n");
    const softmax = lines.findIndex(line => line.includes("F.softmax(")) + 1;
    const column = lines[softmax - 1]!.indexOf("softmax") + 3;
    assert.match(await workbench.hoverText(softmax, column, /softmax/i), /Run live/);

    await workbench.goTo(lines.findIndex(line => line.startsWith("class LlamaAttention")) + 1, 8);
    await workbench.command("Papertrace: Run Live");
    await workbench.command("Notifications: Show Notifications");
    await until(
      async () =>
        (await workbench.notifications()).some(text => text.includes("not trusted, so its code is not run")),
      "the message",
      20,
    );
    await workbench.screenshot("not-trusted");
    await assert.rejects(workbench.webview("component", 2_000), /No component page/);
  });
});

/** Clicks "Run live" over a line that is on screen. */
async function clickLens(workbench: Workbench, line: string): Promise<void> {
  const below = workbench.page.locator(".view-line", { hasText: line }).first();
  const lenses = workbench.page.locator(".codelens-decoration a", { hasText: "Run live" });
  await until(async () => {
    const { y } = (await below.boundingBox())!;
    for (const lens of await lenses.all()) {
      const box = await lens.boundingBox();
      if (box === null || box.y >= y || y - box.y > 30) continue;
      await workbench.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      return true;
    }
    return false;
  }, `“Run live” over ${line}`);
}
