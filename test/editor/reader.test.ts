import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Frame, Locator } from "playwright-core";
import { readNotes, writeNotes } from "../../src/shared/notes/index.ts";
import { fixturesDirectory } from "../support/paths.ts";
import { JPEG_2000, KOREAN } from "../support/pdf-contents.ts";
import { line, pdfFile } from "../support/pdf-file.ts";
import { seriousFaults } from "./support/accessibility.ts";
import { until } from "./support/panel.ts";
import { sampleWorkspace } from "./support/sample.ts";
import { THEMES, Workbench } from "./support/workbench.ts";

/** Password of the fixture `encrypted.pdf`. */
const PASSWORD = "secret";

describe("the reader for papers", { timeout: 400_000 }, () => {
  const { folder, realPaper } = sampleWorkspace();
  let workbench: Workbench;
  let page: Frame;

  const button = (name: string) => page.getByRole("button", { name, exact: true });
  const tab = (name: string) => page.getByRole("tab", { name, exact: true });
  const menu = async (item: string) => {
    await button("View").click();
    await page.getByRole("menu").getByText(item).click();
  };
  const open = async (name: string) => {
    await workbench.openFile(name);
    page = await workbench.webview("paper");
    await page.locator(".page[data-loaded] .textLayer span").first().waitFor();
  };
  /** The filter that what pdf.js drew goes through. */
  const filtered = () =>
    page
      .locator(".canvasWrapper canvas")
      .first()
      .evaluate(canvas => getComputedStyle(canvas).filter);
  const rotation = () => page.locator(".textLayer").first().getAttribute("data-main-rotation");

  before(async () => {
    cpSync(join(fixturesDirectory("paper"), "encrypted.pdf"), join(folder, "encrypted.pdf"));
    writeFileSync(
      join(folder, "long.pdf"),
      pdfFile(Array.from({ length: 2_000 }, (_, n) => line(`Sheet ${n + 1}`))),
    );
    writeFileSync(join(folder, "korean.pdf"), KOREAN);
    writeFileSync(join(folder, "picture.pdf"), JPEG_2000);
    workbench = await Workbench.open({
      folder,
      settings: { "workbench.editorAssociations": { "*.pdf": "papertrace.paper" } },
    });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("asks for a password, again when it is wrong, and can be left without one", async () => {
    await workbench.openFile("encrypted.pdf");
    page = await workbench.webview("paper");
    const field = page.getByRole("textbox", { name: "Password" });
    await field.fill("not this one");
    await field.press("Enter");
    await page.getByText("This password does not open it").waitFor();
    await field.press("Escape");
    await page.getByText("stays closed without its password").waitFor();
    await page.getByText("Open again").click();
    await field.fill(PASSWORD);
    await workbench.screenshot("password");
    await field.press("Enter");
    await page.locator(".page[data-loaded]").first().waitFor();
    await workbench.closeEditors();
  });

  it("reaches pdf.js' character maps, fonts and decoders from a webview", async () => {
    await open("korean.pdf");
    assert.equal(await page.locator(".textLayer").first().innerText(), "어텐션");
    await workbench.closeEditors();
    await open("picture.pdf");
    const color = await page
      .locator(".page canvas")
      .first()
      .evaluate((canvas: HTMLCanvasElement) => [
        ...canvas.getContext("2d")!.getImageData(0.4 * canvas.width, 0.4 * canvas.height, 1, 1).data,
      ]);
    assert.deepEqual(color, [220, 40, 30, 255]);
    await workbench.closeEditors();
  });

  it("leads along headings and back, and keeps place, turn and layout when it is opened again", async () => {
    await open("paper.pdf");
    await button("Side panel").click();
    await tab("Outline").click();
    const last = page.locator(".entries button").last();
    await last.waitFor();
    await last.click();
    const number = page.getByRole("textbox", { name: "Page" });
    await until(async () => (await number.inputValue()) !== "1", "the last heading's page");
    const there = await number.inputValue();
    await button("Back").click();
    await until(async () => (await number.inputValue()) === "1", "back on page 1");
    await button("Forward").click();
    await until(async () => (await number.inputValue()) === there, "forward again");
    await tab("Pages").click();
    await page.locator(".thumbnails canvas").first().waitFor();
    await workbench.screenshot("reader-pages");

    await menu("Turn right");
    await until(async () => (await rotation()) === "90", "the pages are turned");
    await menu("Two pages");
    await page.locator(".spread").first().waitFor();
    await workbench.screenshot("reader-turned");
    // What is kept is kept once the reader rests.
    await new Promise(resolve => setTimeout(resolve, 1_000));
    await workbench.closeEditors();
    await open("paper.pdf");
    await until(async () => (await rotation()) === "90", "the pages are still turned");
    assert.ok((await page.locator(".spread").count()) > 0);
    await menu("Turn left");
    await menu("Two pages");
    await until(async () => (await page.locator(".spread").count()) === 0, "one page beside none");
  });

  it("keeps a note on a passage beside the paper, shows it again and exports it", async () => {
    const file = join(folder, "paper.notes.json");
    const number = page.getByRole("textbox", { name: "Page" });
    await number.fill("1");
    await number.press("Enter");
    await select(workbench, page.locator(".page[data-page-number='1'] .textLayer span").nth(6));
    await page.getByRole("toolbar", { name: "Selected passage" }).getByText("Add note").click();
    await page.getByRole("textbox", { name: "Note" }).fill("Worth *remembering*.");
    await page.getByText("Save note").click();
    const kept = () => (existsSync(file) ? readNotes(readFileSync(file, "utf8")) : []);
    await until(async () => kept()[0]?.text === "Worth *remembering*.", "the note is in its file");
    await page.locator(".note-marks span").first().waitFor({ state: "attached" });
    const words = kept()[0]!.quote.exact;
    assert.ok((await page.locator(".notes .passage").innerText()).startsWith(words.slice(0, 40)));
    await workbench.screenshot("note");

    // Someone else's change of the file is seen.
    writeFileSync(file, writeNotes("paper.pdf", [{ ...kept()[0]!, text: "Changed outside." }]));
    await page.getByText("Changed outside.").waitFor();
    await page.getByText("Export as Markdown").click();
    const markdown = workbench.page.locator(".monaco-editor .view-lines").last();
    await until(
      async () => (await markdown.innerText()).replaceAll("\u00a0", " ").includes("Changed outside."),
      "the notes as Markdown",
    );
    await workbench.screenshot("notes-as-markdown");
    await workbench.command("View: Revert and Close Editor");
    await workbench.closeEditors();
  });

  it("opens two thousand pages at once and stays quick among them", async () => {
    await open("long.pdf");
    const number = page.getByRole("textbox", { name: "Page" });
    await number.fill("1999");
    await number.press("Enter");
    await page.locator(".page[data-page-number='1999'] .textLayer", { hasText: "Sheet 1999" }).waitFor();
    const drawn = await page.locator(".page canvas").count();
    assert.ok(drawn < 40, `${drawn} pages are kept drawn`);
    await workbench.closeEditors();
  });

  it("leaves pages as they were printed unless dark pages are asked for, and pictures then too", async () => {
    await workbench.theme("Dark 2026");
    await open("paper.pdf");
    assert.equal(await filtered(), "none");
    assert.equal(await page.evaluate(() => document.body.classList.contains("dark-pages")), false);
    await workbench.screenshot("reader-dark-theme");

    mkdirSync(join(folder, ".vscode"), { recursive: true });
    const settings = { "workbench.colorTheme": "Dark 2026", "papertrace.pageColors": "dark" };
    writeFileSync(join(folder, ".vscode", "settings.json"), JSON.stringify(settings));
    await until(async () => (await filtered()) !== "none", "the page is dark");
    assert.equal(await page.evaluate(() => document.body.classList.contains("dark-pages")), true);
    if (realPaper !== null) {
      await workbench.closeEditors();
      await open(realPaper);
      const number = page.getByRole("textbox", { name: "Page" });
      await number.fill("4");
      await number.press("Enter");
      const figures = page.locator(".page[data-page-number='4'] .pictures canvas");
      await figures.first().waitFor();
      assert.equal(await figures.first().evaluate(figure => getComputedStyle(figure).filter), "none");
    }
    await workbench.screenshot("reader-dark-pages");
    await workbench.theme("Light 2026");
    await until(async () => (await filtered()) === "none", "pages as printed again");
  });

  it("has roles, names and contrast that a checker finds no serious fault with, in every theme", async () => {
    await workbench.closeEditors();
    await open("paper.pdf");
    await button("Side panel").click();
    for (const name of ["Components", "Outline", "Pages", "Notes"]) {
      await tab(name).click();
      assert.deepEqual(await seriousFaults(page), [], name);
    }
    await button("Find").click();
    const symbol = page.locator('.equation-symbol[data-symbol="query"]').first();
    await symbol.waitFor({ state: "attached", timeout: 30_000 });
    const parts = [page.locator('.mention[data-component="self-attention"]').first(), symbol];
    for (const { name } of THEMES) {
      await workbench.theme(name);
      for (const part of parts) {
        // The keyboard alone: focus opens the card, an arrow leads into it.
        await page.getByRole("textbox", { name: "Find in paper" }).focus();
        await page.locator(".pages").press("Tab");
        await part.evaluate(element => element.focus({ preventScroll: true }));
        await page.locator(".card button").first().waitFor();
        await workbench.page.keyboard.press("ArrowDown");
        assert.deepEqual(await seriousFaults(page), [], `${name}, ${await part.getAttribute("aria-label")}`);
        await workbench.screenshot(`reader-${name.replace(/\W+/g, "-")}-${parts.indexOf(part)}`);
        assert.ok(await page.evaluate(() => document.activeElement?.closest(".card") !== null));
        assert.ok(await isInSight(part), "focus brings its words into sight");
        await workbench.page.keyboard.press("Escape");
        await page.locator(".card").waitFor({ state: "detached" });
        assert.ok(await part.evaluate(element => document.activeElement === element), "focus is back");
      }
    }
  });
});

/** Whether the words of a mention or a symbol can be seen. */
async function isInSight(part: Locator): Promise<boolean> {
  return await part.evaluate(element => {
    const { top, bottom } = element.firstElementChild!.getBoundingClientRect();
    const sight = element.closest(".pages")!.getBoundingClientRect();
    return top >= sight.top && bottom <= sight.bottom;
  });
}

/** Selects a line of text and the next with the mouse. */
async function select(workbench: Workbench, span: Locator): Promise<void> {
  await span.scrollIntoViewIfNeeded();
  const box = (await span.boundingBox())!;
  const { mouse } = workbench.page;
  await mouse.move(box.x + 2, box.y + box.height / 2);
  await mouse.down();
  await mouse.move(box.x + box.width - 3, box.y + box.height / 2, { steps: 8 });
  await mouse.up();
}
