// Takes the README's picture: the sample paper beside a live panel on the default model, in a real VS Code.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { clickMention, settled } from "../test/editor/support/panel.ts";
import { sampleWorkspace } from "../test/editor/support/sample.ts";
import { Workbench } from "../test/editor/support/workbench.ts";
import { projectDirectory } from "./project.ts";

const workbench = await Workbench.open({
  folder: sampleWorkspace().folder,
  settings: {
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.editorAssociations": { "*.pdf": "papertrace.paper" },
    "workbench.activityBar.location": "hidden",
  },
  viewport: { width: 1640, height: 1160 },
});
try {
  await workbench.openFile("paper.pdf");
  await workbench.command("View: Toggle Primary Side Bar Visibility");
  const paper = await workbench.webview("paper");
  await clickMention(workbench, paper, "self-attention");
  const panel = await workbench.webview("component");
  await settled(panel);
  for (let layer = 0; layer < 13; layer++)
    await panel.getByRole("button", { name: "Layer after" }).first().click();
  await settled(panel);
  await panel.locator('[data-head="8"]').click();
  await panel
    .locator("[data-heat-map]")
    .first()
    .hover({ position: { x: 60, y: 250 } });
  await panel.evaluate(() => window.scrollTo(0, 0));
  await workbench.page.waitForTimeout(1_500);
  await workbench.screenshot("readme");
  copyFileSync(
    join(projectDirectory, "artifacts", "readme.png"),
    join(projectDirectory, "media", "screenshot.png"),
  );
} finally {
  await workbench.dispose();
}
