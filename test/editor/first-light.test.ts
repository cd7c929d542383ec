import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame } from "playwright-core";
import { findModel } from "../../src/runtime/models/checkpoint.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import { projectDirectory, transformersDirectory } from "../support/paths.ts";
import { element, statistics, tapped } from "./support/command-line.ts";
import {
  chosenHead,
  clickMention,
  promptIds,
  readCell,
  seededCells,
  settled,
  shownModule,
  status,
  until,
} from "./support/panel.ts";
import { sampleWorkspace } from "./support/sample.ts";
import { assertShown, SHOWN_NUMBER } from "./support/shown-number.ts";
import { Workbench } from "./support/workbench.ts";

/** Always there, without a network. */
const MODEL = "tiny-llama";
const REFERENCE = join(projectDirectory, "media", "sources", "llama.py");
const SCALE = " / math.sqrt(self.head_size)";

describe("from paper and source to live numbers", { timeout: 600_000 }, () => {
  const { folder, realPaper } = sampleWorkspace();
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.open({
      folder,
      settings: {
        "papertrace.defaultModel": MODEL,
        // Lines are looked up in the file, which edits are not to reach.
        "files.autoSave": "off",
        "workbench.editorAssociations": { "*.pdf": "papertrace.paper" },
      },
    });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("opens the sample paper and runs a mention that is clicked", async () => {
    await workbench.openFile("paper.pdf");
    const paper = await workbench.webview("paper");
    await clickMention(workbench, paper, "self-attention");
    const panel = await workbench.webview("component");
    await settled(panel);
    await workbench.screenshot("sample-paper");
    await equalsCommandLine(panel, REFERENCE, "weights#0");
  });

  it("opens a real paper", { skip: realPaper === null && "no real paper at hand" }, async () => {
    await workbench.closeEditors();
    await workbench.openFile(realPaper!);
    const paper = await workbench.webview("paper");
    await clickMention(workbench, paper, "self-attention");
    const panel = await workbench.webview("component");
    await settled(panel);
    await workbench.screenshot("real-paper");
    await equalsCommandLine(panel, REFERENCE, "weights#0");
  });

  it("explains a line of the unmodified modeling_llama.py, and shows its numbers after a run", async () => {
    await workbench.closeEditors();
    await workbench.openFile("modeling_llama.py");
    const source = join(folder, "transformers", "models", "llama", "modeling_llama.py");
    const softmax = findLine(source, "nn.functional.softmax(");
    const before = await workbench.hoverText(softmax.line, softmax.column + 16, /softmax/i);
    assert.match(before, /Run live/);

    await workbench.goTo(findLine(source, "class LlamaAttention").line, 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await workbench.webview("component");
    await settled(panel);
    const weights = await equalsCommandLine(panel, source, "attn_weights#2");

    await workbench.focusEditor("modeling_llama.py");
    const hover = await workbench.hoverText(softmax.line, softmax.column + 16, /±/);
    assert.match(hover, /float32/);
    const expected = statistics(weights);
    const number = `(${SHOWN_NUMBER})`;
    const shown = new RegExp(`mean ${number} ± ${number} · min ${number} · max ${number}`).exec(hover);
    assert.ok(shown, `the hover gives statistics: ${hover}`);
    for (const [index, name] of (["mean", "std", "min", "max"] as const).entries())
      assertShown(shown[index + 1]!, expected[name], name);
    await workbench.screenshot("hover-in-modeling-llama");
  });

  it("shows new numbers beside the old after an edit, and keeps the last good ones on an error", async () => {
    await workbench.closeEditors();
    await workbench.openFile("llama.py");
    const file = join(folder, "llama.py");
    await workbench.goTo(findLine(file, "class LlamaAttention").line, 8);
    await workbench.command("Papertrace: Run Live");
    const panel = await workbench.webview("component");
    await settled(panel);
    const [cell] = await seededCells(panel, "weights");
    const scaling = findLine(file, SCALE);

    await workbench.focusEditor("llama.py");
    await workbench.replaceLine(scaling.line, scaling.text.replace(SCALE, ""));
    await until(
      async () => (await readCell(panel, "weights", cell!)).value !== cell!.value,
      "the weights change",
    );
    await settled(panel);
    await workbench.screenshot("edited-source");
    await equalsCommandLine(panel, edited(file, SCALE, ""), "weights#0");

    const shown = await readCell(panel, "weights", cell!);
    await workbench.replaceLine(scaling.line, "        scaled = scores +");
    await until(async () => (await status(panel)) === "stale", "the panel is marked stale");
    assert.deepEqual(await readCell(panel, "weights", cell!), shown);
    assert.match(await panel.locator("main").innerText(), new RegExp(`llama\\.py.*${scaling.line}`, "s"));
    await workbench.screenshot("syntax-error");

    await workbench.replaceLine(scaling.line, scaling.text);
    await until(async () => (await status(panel)) === "live", "the panel is live again");
  });

  it("names an operation that does not exist, its file and line, and keeps the last good numbers", async () => {
    const panel = await workbench.webview("component");
    await settled(panel);
    const [cell] = await seededCells(panel, "weights");
    const scaling = findLine(join(folder, "llama.py"), SCALE);
    await workbench.focusEditor("llama.py");
    await workbench.replaceLine(scaling.line, "        scaled = torch.no_such_thing(scores)");
    await until(async () => (await status(panel)) === "stale", "the panel is marked stale");
    const message = await panel.getByRole("alert").innerText();
    assert.match(message, new RegExp(`torch\\.no_such_thing.*llama\\.py, line ${scaling.line}\\b`, "s"));
    assert.deepEqual(await readCell(panel, "weights", cell!), cell);
    await workbench.screenshot("unknown-operation");

    await workbench.replaceLine(scaling.line, scaling.text);
    await until(async () => (await status(panel)) === "live", "the panel is live again");
  });

  it("switches a head off and shows what the next token becomes", async () => {
    const panel = await workbench.webview("component");
    await panel.getByText("Ablate head").first().click();
    const variation = panel.locator("[data-total-variation]");
    await variation.waitFor();
    await settled(panel);
    const change = Number(await variation.getAttribute("data-total-variation"));
    assert.ok(change > 0 && change < 1, `total variation ${change}`);
    const before = await panel
      .locator("[data-before]")
      .evaluateAll(all => all.map(e => Number(e.getAttribute("data-before"))));
    const after = await panel
      .locator("[data-after]")
      .evaluateAll(all => all.map(e => Number(e.getAttribute("data-after"))));
    assert.equal(after.length, before.length);
    assert.notDeepEqual(after, before);
    await workbench.screenshot("head-switched-off");
  });
});

/** The weights in the page's text, at seeded cells and at the digits they show, equal those of `papertrace run --tap` in another process. */
async function equalsCommandLine(panel: Frame, source: string, variable: string): Promise<Tensor> {
  const tap = `${await shownModule(panel)}:${variable}`;
  const head = await chosenHead(panel);
  const run = await tapped({
    model: (await findModel(MODEL)).folder,
    source,
    class: "LlamaForCausalLM",
    transformers: transformersDirectory(),
    ids: await promptIds(panel),
    taps: [tap],
  });
  const weights = run.get(tap)!;
  for (const { row, column, value, text } of await seededCells(panel, "weights")) {
    const expected = element(weights, 0, head, row, column);
    const cell = `cell ${row}, ${column}`;
    assert.ok(Math.abs(value - expected) <= 1e-5, `${cell}: page ${value}, command line ${expected}`);
    assertShown(text, expected, cell);
  }
  return weights;
}

function findLine(file: string, text: string): { line: number; column: number; text: string } {
  const lines = readFileSync(file, "utf8").split("\n");
  const index = lines.findIndex(line => line.includes(text));
  assert.ok(index >= 0, `${basename(file)} has a line with ${text}`);
  return { line: index + 1, column: lines[index]!.indexOf(text) + 1, text: lines[index]! };
}

/** A copy of a file with one edit, for the run that is compared with. */
function edited(file: string, before: string, after: string): string {
  const copy = join(mkdtempSync(join(tmpdir(), "papertrace-edited-")), basename(file));
  writeFileSync(copy, readFileSync(file, "utf8").replace(before, after));
  return copy;
}
