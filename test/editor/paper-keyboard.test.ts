import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Locator } from "playwright-core";
import { PaperPage } from "../support/paper-page.ts";
import { fixturesDirectory, projectDirectory } from "../support/paths.ts";
import { faults } from "./support/accessibility.ts";
import { until } from "./support/panel.ts";

const SAMPLE = readFileSync(join(projectDirectory, "media", "sample", "paper.pdf"));

describe("the reader's page with the keyboard alone", { timeout: 240_000 }, () => {
  let paper: PaperPage;
  const button = (name: string | RegExp) => paper.page.getByRole("button", { name, exact: true });
  const press = (key: string) => paper.page.keyboard.press(key);
  const card = () => paper.page.locator(".card");
  const mention = (component: string) =>
    paper.page.locator(`.page[data-page-number="1"] .mention[data-component="${component}"]`);
  const isFocused = (part: Locator) => part.evaluate(element => element === document.activeElement);
  const focused = (part: Locator, name: string) => until(() => isFocused(part), `focus ${name}`, 10);
  /** From the mention into its card. */
  const enter = async (part: Locator) => {
    await part.focus();
    await press("ArrowDown");
    await focused(card().getByText("Run live"), "in the card");
  };

  before(async () => {
    paper = await PaperPage.open("paper.pdf", SAMPLE);
    await mention("tokenizer").first().waitFor({ state: "attached", timeout: 60_000 });
  });
  after(async () => {
    await paper?.close();
  });

  it("begins at the paper, so that its keys scroll it", async () => {
    await focused(paper.page.locator(".pages"), "at the paper");
  });

  it("goes from a mention into its card at once, and back by Escape and behind either end", async () => {
    const tokenizer = mention("tokenizer").first();
    for (const key of ["Escape", "Shift+Tab"]) {
      await enter(tokenizer);
      await press(key);
      await card().waitFor({ state: "detached" });
      await focused(tokenizer, `back after ${key}`);
    }
    await enter(tokenizer);
    for (let buttons = await card().locator("button").count(); buttons > 0; buttons--) await press("Tab");
    await card().waitFor({ state: "detached" });
    await focused(tokenizer, "back after the last button");
  });

  it("follows the list of other mentions to the words themselves", async () => {
    await enter(mention("tokenizer").first());
    await press("Tab");
    await press("Enter");
    await focused(mention("tokenizer").nth(1), "at the other mention");
    assert.equal(await card().count(), 0);
  });

  it("runs a component and stays where it was, also when the pages are drawn anew at another size", async () => {
    const softmax = mention("softmax").first();
    await enter(softmax);
    await press("Enter");
    await until(async () => paper.told.components.at(-1) === "softmax", "the host was told", 10);
    await focused(softmax, "at the mention");
    // As when a panel opens beside the paper.
    await paper.page.setViewportSize({ width: 560, height: 900 });
    await paper.page.locator(".page[data-loaded] canvas").first().waitFor();
    await focused(softmax, "at the mention of the page that is drawn anew");
    assert.equal(await card().count(), 0, "what comes back opens nothing");
  });

  it("finds the fitting zooms in the menu where the toolbar has no room for them", async () => {
    await paper.page.setViewportSize({ width: 420, height: 900 });
    assert.equal(await button("Fit page").count(), 0);
    await button("View").focus();
    await press("Enter");
    const width = paper.page.getByRole("menuitemcheckbox", { name: "Fit width" });
    await focused(width, "in the menu");
    const { x, width: across } = (await paper.page.getByRole("menu").boundingBox())!;
    assert.ok(x >= 0 && x + across <= 420, "the menu is in the window");
    assert.equal(await width.getAttribute("aria-checked"), "true");
    await press("ArrowDown");
    await press("Enter");
    await focused(button("View"), "back at the menu's button");
    await press("Enter");
    await focused(width, "in the menu again");
    assert.equal(await width.getAttribute("aria-checked"), "false");
    await press("Enter");
    await paper.page.setViewportSize({ width: 1000, height: 900 });
    await button("Fit page").waitFor();
  });

  it("closes the search and is at the paper again", async () => {
    await press("Control+F");
    await focused(paper.page.getByRole("textbox", { name: "Find in paper" }), "at the search");
    await press("Escape");
    await focused(paper.page.locator(".pages"), "at the paper");
  });

  it("finds words, goes from match to match, and leaves one selected that grows by the keyboard", async () => {
    const selected = () => paper.page.evaluate(() => String(document.getSelection()));
    await press("Control+F");
    const field = paper.page.getByRole("textbox", { name: "Find in paper" });
    await focused(field, "at the search");
    await paper.page.keyboard.type("nothing of the kind");
    const matches = paper.page.locator(".matches");
    await until(async () => (await matches.innerText()) === "No results", "no results", 10);
    await paper.page.locator(".pages").focus();
    await press("Control+F");
    await focused(field, "at the search that was open");
    await paper.page.keyboard.type("byte-pair");
    await until(async () => /^1 of [12]$/.test(await matches.innerText()), "the matches", 10);
    await paper.page.locator(".textLayer .highlight.selected").first().waitFor();
    await press("Escape");
    await focused(paper.page.locator(".pages"), "at the paper");
    assert.equal(await selected(), "byte-pair");
    for (let step = 0; step < 9; step++) await press("Shift+ArrowRight");
    assert.equal(await selected(), "byte-pair encoding");
    await paper.page.getByRole("toolbar", { name: "Selected passage" }).waitFor();
    await paper.page.evaluate(() => document.getSelection()?.empty());
  });

  it("keeps what is being written of a note while another list is looked at, and when the file changes", async () => {
    const note = paper.page.getByRole("textbox", { name: "Note" });
    await paper.page.evaluate(() => {
      const words = document.querySelectorAll(".page[data-page-number='1'] .textLayer span");
      document.getSelection()?.selectAllChildren(words[8]!);
    });
    await paper.does.act("note");
    await focused(note, "in the note");
    await paper.page.keyboard.type("Half a thou");
    await paper.page.getByRole("tab", { name: "Outline" }).click();
    assert.equal(await note.count(), 0);
    await paper.page.getByRole("tab", { name: "Notes" }).click();
    assert.equal(await note.inputValue(), "Half a thou");
    await note.press("End");
    await paper.page.keyboard.type("ght");
    await paper.show("cut.pdf", SAMPLE.subarray(0, 700));
    assert.equal(await note.count(), 0, "a file that is half written is not shown");
    await paper.show("paper.pdf", SAMPLE);
    await until(async () => (await note.inputValue()) === "Half a thought", "the note as it was", 20);
    await note.press("Escape");
    assert.equal(await note.count(), 0);
    await button(/^Remove the note/).click();
    await paper.does.act("notes");
  });

  it("writes a note, takes it away, and brings it back", async () => {
    const note = paper.page.getByRole("textbox", { name: "Note" });
    const text = paper.page.locator(".notes .text");
    // A page that is drawn anew takes its selection with it.
    const selected = paper.page.getByRole("toolbar", { name: "Selected passage" });
    await until(
      async () => {
        await paper.page.evaluate(() => {
          const words = [...document.querySelectorAll(".textLayer span")].find(({ textContent }) =>
            textContent?.includes("byte-pair encoding"),
          );
          document.getSelection()?.selectAllChildren(words!);
        });
        await press("Shift");
        await selected.waitFor({ timeout: 2_000 });
        return true;
      },
      "the selection",
      20,
    );
    await paper.does.act("note");
    await focused(note, "in the note");
    await paper.page.keyboard.type("Worth remembering.");
    await press("Control+Enter");
    await focused(button(/^Edit the note/), "at the note that was written");
    assert.equal(await text.innerText(), "Worth remembering.");
    await press("Tab");
    await press("Enter");
    await focused(button("Undo"), "at the way back");
    assert.equal(await text.count(), 0);
    await press("Enter");
    await until(async () => (await text.innerText()) === "Worth remembering.", "the note is back", 10);
    await focused(paper.page.getByRole("tabpanel"), "at the notes");
    assert.equal(await button("Undo").count(), 0);
  });

  it("asks for a password without a fault that a checker finds, and goes to the paper", async () => {
    const shown = paper.show(
      "encrypted.pdf",
      readFileSync(join(fixturesDirectory("paper"), "encrypted.pdf")),
    );
    const field = paper.page.getByRole("textbox", { name: "Password" });
    await field.fill("wrong");
    await field.press("Enter");
    await paper.page.getByText("This password does not open it").waitFor();
    assert.deepEqual(await faults(paper.page), []);
    await field.fill("secret");
    await field.press("Enter");
    await shown;
    await focused(paper.page.locator(".pages"), "at the paper");
  });
});
