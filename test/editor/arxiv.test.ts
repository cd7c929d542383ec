import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { line, pdfFile } from "../support/pdf-file.ts";
import { redirect, type StandInHub, serve, startHub } from "../unit/models/stand-in-hub.ts";
import { until } from "./support/panel.ts";
import { Workbench } from "./support/workbench.ts";

/** A paper that is in the workspace, with a link to one that is not. */
const HERE = pdfFile(
  [
    [
      line("Careful Notes on Routing Tokens", 20, 150),
      line("They follow arXiv:2402.05678.", 20, 100),
      line("arXiv:2401.01234v2 [cs.CL] 3 Jan 2024", 20, 20),
    ].join("\n"),
  ],
  "",
  {
    firstPage: "/Annots [6 0 R]",
    objects: [
      "<< /Type /Annot /Subtype /Link /Rect [80 96 200 114] /Border [0 0 0] /A << /S /URI /URI (https://arxiv.org/abs/2402.05678) >> >>",
    ],
  },
);

/** One that arXiv has. */
const THERE = pdfFile([
  [
    line("Bold Notes on Routing Tokens", 20, 150),
    line("Attention is a weighted sum of values.", 20, 100),
    line("arXiv:2402.05678v1 [cs.CL] 8 Feb 2024", 20, 20),
  ].join("\n"),
]);

const SOURCE = `"""The router of arXiv:2401.01234 and of https://arxiv.org/abs/2402.05678."""
# Nobody has arXiv:2403.00001.
import torch
`;

describe("papers of arXiv", { timeout: 600_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-workspace-"));
  mkdirSync(join(folder, "reading"));
  writeFileSync(join(folder, "reading", "notes.pdf"), HERE);
  writeFileSync(join(folder, "router.py"), SOURCE);
  const kept = join(folder, "papers", "bold-notes-on-routing-tokens-2402.05678.pdf");
  let arxiv: StandInHub;
  let workbench: Workbench;

  before(async () => {
    arxiv = await startHub({
      "/pdf/2402.05678": redirect("/pdf/2402.05678v1"),
      "/pdf/2402.05678v1": serve(THERE),
    });
    workbench = await Workbench.open({
      folder,
      environment: {
        PAPERTRACE_ARXIV: arxiv.address,
        PAPERTRACE_CACHE: mkdtempSync(join(tmpdir(), "papertrace-cache-")),
      },
      settings: { "workbench.editorAssociations": { "*.pdf": "papertrace.paper" } },
    });
  });
  after(async () => {
    await workbench?.dispose();
    await arxiv?.close();
  });

  const input = () => workbench.page.locator(".quick-input-widget:visible input").first();
  const question = () => workbench.page.locator(".monaco-dialog-box");
  const tab = (name: string) => workbench.page.locator(`.tab.active[data-resource-name="${name}"]`);
  const notification = (words: string) =>
    workbench.page.locator(".notification-list-item", { hasText: words });
  async function ask(): Promise<void> {
    const title = workbench.page.locator(".quick-input-title", { hasText: "Open arXiv Paper" });
    await until(async () => {
      // A window that has just been opened does not know the command yet.
      await workbench.command("Papertrace: Open arXiv Paper");
      await title.waitFor({ timeout: 3_000 });
      return true;
    }, "the command asks for an id");
  }
  /** Follows the link in the source that shows these words. */
  async function follow(words: string): Promise<void> {
    const link = workbench.page.locator(".detected-link", { hasText: words }).first();
    await until(async () => {
      // Links are drawn anew when the index has changed.
      await workbench.controlClick(link, 5_000);
      return true;
    }, `a link at ${words}`);
  }

  it("says what is wrong with an id while it is typed, and opens a paper of the workspace without a network", async () => {
    await ask();
    await input().fill("1713.03762");
    const message = workbench.page.locator(".quick-input-message");
    await until(async () => /are a month, and 13 is none/.test(await message.innerText()), "the problem");
    await workbench.screenshot("arxiv-wrong-id");
    await input().fill("https://arxiv.org/abs/2401.01234");
    await workbench.page.keyboard.press("Enter");
    await tab("notes.pdf").waitFor({ timeout: 60_000 });
    assert.deepEqual(arxiv.requests, []);
  });

  it("asks before it downloads what a link of a paper leads to", async () => {
    const paper = await workbench.webview("paper");
    const link = paper.locator('.annotationLayer a[href="https://arxiv.org/abs/2402.05678"]').first();
    await link.waitFor({ timeout: 30_000 });
    await link.click();
    await question().waitFor({ timeout: 20_000 });
    assert.match(await question().innerText(), /Download arXiv:2402\.05678\?/);
    await question().getByText("Cancel").click();
    await question().waitFor({ state: "detached" });
    assert.deepEqual(arxiv.requests, []);
  });

  it("leads from an id in code to the paper that is here, and else to the question", async () => {
    await workbench.openFile("router.py");
    await follow("arXiv:2403.00001");
    await question().waitFor({ timeout: 20_000 });
    assert.deepEqual(arxiv.requests, []);
    await question().getByText("Download", { exact: true }).click();
    await workbench.command("Notifications: Show Notifications");
    const failure = async () =>
      (await workbench.notifications()).find(text => text.includes("arXiv:2403.00001")) ?? "";
    await until(async () => (await failure()) !== "", "a notification says what went wrong");
    assert.match(await failure(), /has no PDF of arXiv:2403\.00001.*\/abs\/2403\.00001/);
    const buttons = notification("arXiv:2403.00001").getByRole("button");
    for (const name of ["Try Again", "Open in Browser"])
      assert.equal(await buttons.getByText(name, { exact: true }).count(), 1, name);
    await workbench.screenshot("arxiv-no-such-paper");
    assert.ok(!existsSync(join(folder, "papers")));
    await workbench.command("Notifications: Clear All Notifications");
    await follow("arXiv:2401.01234");
    await tab("notes.pdf").waitFor({ timeout: 20_000 });
  });

  it("offers the id under the cursor, downloads the paper once that is agreed to, and opens it", async () => {
    await workbench.closeEditors();
    await workbench.openFile("router.py");
    await workbench.goTo(1, 65);
    await ask();
    assert.equal(await input().inputValue(), "2402.05678");
    arxiv.requests.length = 0;
    await workbench.page.keyboard.press("Enter");
    await question().waitFor({ timeout: 60_000 });
    const asked = await question().innerText();
    assert.match(
      asked,
      new RegExp(`from ${new URL(arxiv.address).host} and kept in ${join(folder, "papers")}`),
    );
    assert.match(asked, /Other Folder…/);
    assert.match(asked, /Open in Browser/);
    await workbench.screenshot("arxiv-question");
    assert.deepEqual(arxiv.requests, []);
    await question().getByText("Download", { exact: true }).click();
    await tab("bold-notes-on-routing-tokens-2402.05678.pdf").waitFor({ timeout: 60_000 });
    const paper = await workbench.webview("paper");
    await paper.getByText("Attention is a weighted sum of values").first().waitFor({ timeout: 30_000 });
    await workbench.screenshot("arxiv-opened");
    assert.deepEqual(
      arxiv.requests.map(({ path }) => path),
      ["/pdf/2402.05678", "/pdf/2402.05678v1"],
    );
    assert.ok(THERE.equals(readFileSync(kept)));
    assert.deepEqual(readdirSync(join(folder, "papers")).length, 1);
  });

  it("has then indexed it: links and the command lead to it without a network", async () => {
    arxiv.requests.length = 0;
    await workbench.closeEditors();
    await workbench.openFile("router.py");
    await follow("arxiv.org/abs/2402.05678");
    await tab("bold-notes-on-routing-tokens-2402.05678.pdf").waitFor({ timeout: 20_000 });
    await workbench.closeEditors();
    await ask();
    await input().fill("2402.05678v1");
    await workbench.page.keyboard.press("Enter");
    await tab("bold-notes-on-routing-tokens-2402.05678.pdf").waitFor({ timeout: 20_000 });
    assert.deepEqual(arxiv.requests, []);
  });

  it("asks about another version than the one that is here", async () => {
    await ask();
    await input().fill("2402.05678v9");
    await workbench.page.keyboard.press("Enter");
    await question().waitFor({ timeout: 20_000 });
    await workbench.screenshot("arxiv-other-version");
    assert.match(
      await question().innerText(),
      /bold-notes-on-routing-tokens-2402\.05678\.pdf, which is here, is version 1/,
    );
    await question().getByText("Open That One").click();
    await tab("bold-notes-on-routing-tokens-2402.05678.pdf").waitFor({ timeout: 20_000 });
    assert.deepEqual(arxiv.requests, []);
  });

  it("keeps a paper in another folder, and tries again where it was not sent", async () => {
    await ask();
    await input().fill("cs/0112017");
    await workbench.page.keyboard.press("Enter");
    await question().getByText("Other Folder…").click();
    await workbench.page.locator(".quick-input-title", { hasText: "Folder for arXiv:cs/0112017" }).waitFor();
    const widget = workbench.page.locator(".quick-input-widget");
    // The list of folders that the path leads to arrives under the pointer.
    await until(async () => {
      if (await widget.isHidden()) return true;
      await input().fill(`${join(folder, "reading")}/`, { timeout: 2_000 });
      await widget.getByText("Download Here").click({ timeout: 2_000 });
      return await widget.isHidden();
    }, "the folder is taken");
    const again = notification("no PDF of arXiv:cs/0112017").getByText("Try Again", { exact: true });
    await until(async () => {
      await workbench.command("Notifications: Show Notifications");
      await again.waitFor({ timeout: 3_000 });
      return true;
    }, "a notification offers to try again");
    arxiv.answers["/pdf/cs/0112017"] = serve(THERE);
    await again.click();
    await tab("bold-notes-on-routing-tokens-cs-0112017.pdf").waitFor({ timeout: 60_000 });
    assert.deepEqual(readdirSync(join(folder, "reading")), [
      "bold-notes-on-routing-tokens-cs-0112017.pdf",
      "notes.pdf",
    ]);
  });
});
