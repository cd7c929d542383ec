import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { PaperPage } from "../support/paper-page.ts";
import { fixturesDirectory, projectDirectory } from "../support/paths.ts";
import { line, pdfFile, picture } from "../support/pdf-file.ts";
import { assertClear } from "../support/pdf-mutant-check.ts";
import { pdfMutant } from "../support/pdf-mutants.ts";
import { MOST_PIXELS, PdfShowings } from "../support/pdf-mutants-in-page.ts";
import { until } from "./support/panel.ts";

/** A slice of what test/long goes through, over our own paper. */
const MUTANTS = 24;

const SAMPLE = readFileSync(join(projectDirectory, "media", "sample", "paper.pdf"));

describe("a broken paper in the reader's page", { timeout: 300_000 }, () => {
  const showings = new PdfShowings();
  after(() => showings.dispose());

  for (let number = 0; number < MUTANTS; number++) {
    const mutant = pdfMutant(number, SAMPLE);
    it(`is shown or refused with a reason: mutant ${number} (${mutant.changes.join(", ")})`, async () => {
      assertClear(await showings.read(mutant));
    });
  }
});

describe("an unusual paper in the reader's page", { timeout: 300_000 }, () => {
  let paper: PaperPage;
  const button = (name: string) => paper.page.getByRole("button", { name, exact: true });

  before(async () => {
    paper = await PaperPage.open("whole.pdf", pdfFile([line("A whole page.")]));
    await paper.page.locator(".page[data-loaded]").first().waitFor();
  });
  after(async () => {
    await paper?.close();
  });

  for (const [name, bytes, says] of [
    ["empty.pdf", Buffer.alloc(0), /^empty\.pdf is empty/],
    ["words.pdf", Buffer.from("Not a PDF at all."), /^words\.pdf is not a PDF/],
    ["pageless.pdf", pdfFile([]), /^pageless\.pdf has no pages/],
    ["cut.pdf", SAMPLE.subarray(0, 700), /^cut\.pdf is damaged and cannot be read/],
  ] as const) {
    it(`says what is wrong with ${name}, and shows the next paper`, async () => {
      const { outcome, says: said } = await paper.show(name, bytes);
      assert.equal(outcome, "refused");
      assert.match(said, says);
      assert.equal(await paper.page.getByRole("alert").locator("p").innerText(), said);
      assert.deepEqual(await paper.show("whole.pdf", pdfFile([line("A whole page.")])), {
        outcome: "read",
        says: "",
      });
    });
  }

  it("says of a scanned paper that nothing in it is linked, and why", async () => {
    await paper.show("scan.pdf", pdfFile([picture, picture]));
    await paper.page.getByText("scan.pdf holds no text, only pictures of it").waitFor();
    assert.equal(await paper.page.locator(".page").count(), 2);
  });

  it("asks for a password as often as it is wrong", async () => {
    const bytes = readFileSync(join(fixturesDirectory("paper"), "encrypted.pdf"));
    const shown = paper.show("encrypted.pdf", bytes);
    const field = paper.page.getByRole("textbox", { name: "Password" });
    for (let attempt = 0; attempt < 3; attempt++) {
      await field.fill(`wrong ${attempt}`);
      await field.press("Enter");
      await until(async () => (await field.inputValue()) === "", "an empty field again");
      await paper.page.getByText("This password does not open it").waitFor();
    }
    await field.fill("secret");
    await field.press("Enter");
    assert.equal((await shown).outcome, "read");
  });

  it("draws a page of 200 inches a side at any zoom within bounded memory", async () => {
    const size = [14_400, 14_400] as const;
    const bytes = pdfFile([line("Huge", 7_000, 7_000)], "", { size });
    assert.deepEqual(await paper.show("huge.pdf", bytes), { outcome: "read", says: "" });
    for (const mode of ["page-fit", "actual", "in", "in", "in"] as const) {
      await paper.does.setZoom(mode);
      await paper.page.locator(".page[data-loaded]").first().waitFor();
      const pixels = await paper.drawnPixels();
      assert.ok(pixels < MOST_PIXELS, `${pixels} pixels at ${mode}`);
    }
  });

  it("lays out 2,000 pages, draws the few in sight, and leads to the last", async () => {
    const pages = Array.from({ length: 2_000 }, (_, index) => line(`Sheet ${index + 1}`));
    assert.deepEqual(await paper.show("long.pdf", pdfFile(pages)), { outcome: "read", says: "" });
    await button("Side panel").click();
    await paper.page.getByRole("tab", { name: "Pages" }).click();
    await paper.page.locator(".thumbnails canvas").first().waitFor();
    const number = paper.page.getByRole("textbox", { name: "Page" });
    await number.fill("2000");
    await number.press("Enter");
    await paper.page.locator(".textLayer", { hasText: "Sheet 2000" }).waitFor();
    assert.ok((await paper.drawnPixels()) < MOST_PIXELS);
    await button("Side panel").click();
  });
});

describe("a paper that keeps its worker busy for ever", { timeout: 120_000 }, () => {
  let paper: PaperPage;
  before(async () => {
    paper = await PaperPage.open("whole.pdf", pdfFile([line("A whole page.")]));
    await paper.page.locator(".page[data-loaded]").first().waitFor();
  });
  after(async () => {
    await paper?.close();
  });

  it("is given up, with the reason, and the next is read", async () => {
    const { page } = paper;
    await page.clock.install();
    await page.evaluate(() => {
      const { postMessage } = Worker.prototype;
      // Nothing of this paper reaches the worker, which so answers nothing; the next one gets a worker of its own.
      Worker.prototype.postMessage = () => {};
      Object.assign(window, { heal: () => Object.assign(Worker.prototype, { postMessage }) });
    });
    const shown = paper.show("endless.pdf", pdfFile([line("Endless")]), 60);
    const answered = shown.then(() => true);
    while (!(await Promise.race([answered, page.clock.fastForward(20_000).then(() => false)])));
    assert.deepEqual(await shown, {
      outcome: "refused",
      says: "endless.pdf kept the PDF reader busy for 60 s without a result and was given up. Download or save it again.",
    });
    await page.evaluate(() => (window as unknown as { heal(): void }).heal());
    assert.deepEqual(await paper.show("whole.pdf", pdfFile([line("A whole page.")])), {
      outcome: "read",
      says: "",
    });
  });
});
