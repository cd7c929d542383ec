import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Frame } from "playwright-core";
import { line, pdfFile } from "../support/pdf-file.ts";
import { until } from "./support/panel.ts";
import { sampleWorkspace } from "./support/sample.ts";
import { Workbench } from "./support/workbench.ts";

const NAME = "sheets.pdf";

/** A paper of as many pages, of which each says its number in the middle. */
function sheets(count: number): Buffer {
  const contents = Array.from({ length: count }, (_, index) => line(`Sheet ${index + 1}`, 250, 400));
  return pdfFile(contents, "", { size: [612, 792] });
}

/** Where the reader is. */
interface Place {
  /** The words in the middle of the window. */
  readonly words: string;
  /** How far from the top of the window they stand, client pixels. */
  readonly top: number;
  readonly zoom: string;
  readonly rotation: string | null;
  readonly twoPages: boolean;
}

describe("the place in a paper", { timeout: 400_000 }, () => {
  const { folder } = sampleWorkspace();
  const file = join(folder, NAME);
  let workbench: Workbench;
  let page: Frame;
  let place: Place;

  const look = async (): Promise<Place> => {
    await page.locator(".page[data-loaded] .textLayer span").first().waitFor();
    return await page.evaluate(() => {
      const { top, height } = document.querySelector(".pages")!.getBoundingClientRect();
      const distance = (span: Element) => Math.abs(span.getBoundingClientRect().top - top - height / 2);
      const [nearest] = [...document.querySelectorAll(".textLayer span")].sort(
        (a, b) => distance(a) - distance(b),
      );
      return {
        words: nearest?.textContent ?? "",
        top: Math.round((nearest?.getBoundingClientRect().top ?? 0) - top),
        zoom: document.querySelector(".zoom")!.textContent ?? "",
        rotation: document.querySelector(".textLayer")!.getAttribute("data-main-rotation"),
        twoPages: document.querySelector(".spread") !== null,
      };
    });
  };
  const isKept = async (when: string) => {
    page = await workbench.webview("paper");
    let now: Place | null = null;
    const kept = async () => {
      now = await look();
      return { ...now, top: 0 }.words === place.words && Math.abs(now.top - place.top) <= 3;
    };
    await until(kept, `the place is kept ${when}: ${JSON.stringify(place)}`, 30).catch(error => {
      assert.fail(`${error.message}; now ${JSON.stringify(now)}`);
    });
    assert.deepEqual({ ...now!, top: 0 }, { ...place, top: 0 });
  };
  const menu = async (item: string) => {
    await page.getByRole("button", { name: "View", exact: true }).click();
    await page.getByRole("menu").getByText(item).click();
  };

  before(async () => {
    writeFileSync(file, sheets(30));
    workbench = await Workbench.open({
      folder,
      settings: { "workbench.editorAssociations": { "*.pdf": "papertrace.paper" } },
    });
    await workbench.openFile(NAME);
    page = await workbench.webview("paper");
    await page.locator(".page[data-loaded]").first().waitFor();
    await menu("Two pages");
    await menu("Turn right");
    const number = page.getByRole("textbox", { name: "Page" });
    await number.fill("18");
    await number.press("Enter");
    await page.locator(".page[data-page-number='18'][data-loaded]").waitFor();
    await page.getByRole("button", { name: "Zoom in" }).click();
    await page.locator(".pages").press("ArrowDown");
    // What is kept is kept once the reader rests.
    await delay(1_500);
    place = await look();
    await workbench.screenshot("place-before");
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("is far into the paper, zoomed, turned and in two pages", () => {
    assert.match(place.words, /^Sheet 1[5-9]$/);
    assert.equal(place.rotation, "90");
    assert.ok(place.twoPages);
  });

  it("is kept when the file changes on disk", async () => {
    writeFileSync(file, sheets(31));
    await until(async () => /\/ 31/.test(await page.locator(".page-count").innerText()), "the new file");
    await isKept("with another file");
  });

  it("is kept when the window is reloaded", async () => {
    await workbench.reload();
    await isKept("after a reload");
    await workbench.screenshot("place-after-reload");
  });

  const onDesktop = process.env.PAPERTRACE_EDITOR === "desktop";
  it("is kept when VS Code is started again, with the file changed meanwhile", {
    skip: onDesktop,
  }, async () => {
    const before = readFileSync(file);
    writeFileSync(file, Buffer.concat([before, Buffer.from("% changed\n")]));
    await workbench.restart();
    await isKept("after a start");
    await workbench.screenshot("place-after-restart");
  });

  it("is where it was in a paper that is closed and opened again", async () => {
    await workbench.closeEditors();
    await workbench.openFile(NAME);
    await isKept("after closing");
  });
});
