import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { projectDirectory } from "../../project.ts";
import { benchDirectory } from "../build.ts";

export const LONG_PAPER_PAGES = 100;

const SOURCE = "scripts/sample-paper.html";

/**
 * A paper of 100 pages, printed once by the browser: the text of our sample over and over, each time with another figure
 * of 900 by 600 pixels.
 */
export async function longPaper(browser: Browser): Promise<Buffer> {
  const file = join(benchDirectory, `paper-of-${LONG_PAPER_PAGES}-pages.pdf`);
  if (existsSync(file)) return readFileSync(file);
  const page = await browser.newPage();
  try {
    await page.goto(pathToFileURL(join(projectDirectory, SOURCE)).href);
    await page.evaluate(repeat, LONG_PAPER_PAGES);
    const bytes = await page.pdf({
      preferCSSPageSize: true,
      tagged: false,
      pageRanges: `1-${LONG_PAPER_PAGES}`,
    });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    return bytes;
  } finally {
    await page.close();
  }
}

/** Runs in the page. */
function repeat(times: number): void {
  const main = document.querySelector("main")!;
  const chapter = main.innerHTML;
  main.innerHTML = "";
  let state = 1;
  const random = () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
  for (let time = 0; time < times; time++) {
    const part = document.createElement("section");
    part.innerHTML = chapter;
    const canvas = document.createElement("canvas");
    canvas.width = 900;
    canvas.height = 600;
    const context = canvas.getContext("2d")!;
    for (let shape = 0; shape < 400; shape++) {
      context.fillStyle = `hsl(${360 * random()} 60% 60%)`;
      context.fillRect(900 * random(), 600 * random(), 120 * random(), 80 * random());
    }
    const picture = document.createElement("img");
    picture.src = canvas.toDataURL("image/png");
    picture.style.width = "100%";
    part.querySelector("figure")!.prepend(picture);
    main.append(part);
  }
}
