import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ensureVsCodeServer } from "../../scripts/vscode-server.ts";
import { projectDirectory } from "../support/paths.ts";
import { clickMention, seededCells, settled } from "./support/panel.ts";
import { sampleWorkspace } from "./support/sample.ts";
import { Workbench } from "./support/workbench.ts";

/** A file that was left out of the package is found only where the package itself is installed. */
describe("the installed .vsix", { timeout: 400_000 }, () => {
  const extensionsDirectory = mkdtempSync(join(tmpdir(), "papertrace-extensions-"));
  let workbench: Workbench;

  before(async () => {
    for (const old of globSync("papertrace-*.vsix", { cwd: projectDirectory }))
      rmSync(join(projectDirectory, old));
    execFileSync(process.execPath, ["scripts/package.ts"], {
      cwd: projectDirectory,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [file] = globSync("papertrace-*.vsix", { cwd: projectDirectory });
    assert.ok(file, "the package was made");
    execFileSync(
      process.execPath,
      [
        ensureVsCodeServer(),
        ...["--install-extension", join(projectDirectory, file), "--extensions-dir", extensionsDirectory],
        ...["--server-data-dir", mkdtempSync(join(tmpdir(), "papertrace-install-"))],
      ],
      { stdio: "ignore" },
    );
    workbench = await Workbench.open({
      folder: sampleWorkspace().folder,
      extensionsDirectory,
      settings: {
        "papertrace.defaultModel": "tiny-llama",
        "workbench.editorAssociations": { "*.pdf": "papertrace.paper" },
      },
    });
  });
  after(async () => {
    await workbench?.dispose();
    rmSync(extensionsDirectory, { recursive: true, force: true });
  });

  it("holds what pdf.js loads by address, and nothing that runs a file's scripts", () => {
    const [pdfjs] = globSync("*/dist/node_modules/pdfjs-dist", { cwd: extensionsDirectory });
    assert.ok(pdfjs, "pdfjs-dist is in the package");
    const files = new Set(globSync("**", { cwd: join(extensionsDirectory, pdfjs) }));
    for (const file of [
      "build/pdf.worker.min.mjs",
      "cmaps/KSCms-UHC-H.bcmap",
      "cmaps/UniJIS-UTF16-H.bcmap",
      "iccs/CGATS001Compat-v2-micro.icc",
      "standard_fonts/FoxitSymbol.pfb",
      "standard_fonts/LiberationSans-Regular.ttf",
      "wasm/jbig2.wasm",
      "wasm/openjpeg.wasm",
      "wasm/qcms_bg.wasm",
      "web/images/annotation-note.svg",
    ])
      assert.ok(files.has(file), `${file} is left out`);
    assert.deepEqual(
      [...files].filter(file => /quickjs|sandbox/i.test(file)),
      [],
    );
  });

  it("opens a paper and runs a component of it", async () => {
    await workbench.openFile("paper.pdf");
    await clickMention(workbench, await workbench.webview("paper"), "self-attention");
    const panel = await workbench.webview("component");
    await settled(panel);
    const cells = await seededCells(panel, "weights");
    assert.ok(cells.every(({ value }) => value >= 0 && value <= 1));
    assert.ok(cells.some(({ value }) => value > 0));
    await workbench.screenshot("installed");
  });
});
