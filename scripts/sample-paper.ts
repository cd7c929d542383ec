/**
 * Prints our own papers to PDF with an installed Chromium; run again after changing a text:
 * `node scripts/sample-paper.ts [CHROMIUM]`. Needs the fonts Liberation Serif and NanumMyeongjo.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { projectDirectory } from "./project.ts";

/** Sources and what they are printed to. */
const PAPERS = [
  ["scripts/sample-paper.html", "media/sample/paper.pdf"],
  ["test/fixtures/paper/korean.html", "test/fixtures/paper/korean.pdf"],
  ["test/fixtures/paper/equations.html", "test/fixtures/paper/equations.pdf"],
] as const;

const browser = await chromium.launch({
  executablePath: process.argv[2] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const page = await browser.newPage();
  for (const [source, paper] of PAPERS) {
    await page.goto(pathToFileURL(join(projectDirectory, source)).href);
    await page.pdf({ path: join(projectDirectory, paper), preferCSSPageSize: true, tagged: false });
  }
} finally {
  await browser.close();
}
