/**
 * Prints scripts/sample-paper.html to media/sample/paper.pdf with an installed Chromium; run again after changing the text:
 * `node scripts/sample-paper.ts [CHROMIUM]`. Needs the fonts Liberation Serif and NanumMyeongjo.
 */
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { projectDirectory } from "./project.ts";

const folder = fileURLToPath(new URL("../media/sample/", import.meta.url));
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(projectDirectory, "scripts", "sample-paper.html")).href);
  await page.pdf({ path: join(folder, "paper.pdf"), preferCSSPageSize: true, tagged: false });
} finally {
  await browser.close();
}
