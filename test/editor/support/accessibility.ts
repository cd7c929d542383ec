import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Frame, Page } from "playwright-core";
import { projectDirectory } from "../../support/paths.ts";

interface Fault {
  readonly impact: "minor" | "moderate" | "serious" | "critical";
  /** The rule, and where it is broken first. */
  readonly what: string;
}

/** What axe-core finds in a page that makes it hard to use without eyes, a mouse or good contrast. */
export async function faults(page: Page | Frame): Promise<Fault[]> {
  const script = join(projectDirectory, "node_modules", "axe-core", "axe.min.js");
  await page.evaluate(readFileSync(script, "utf8"));
  return await page.evaluate(async () => {
    interface Axe {
      run(): Promise<{ violations: { id: string; impact: Fault["impact"]; nodes: { html: string }[] }[] }>;
    }
    const { violations } = await (window as unknown as { axe: Axe }).axe.run();
    return violations.map(({ id, impact, nodes }) => ({
      impact,
      what: `${id}: ${nodes[0]?.html.slice(0, 200)}`,
    }));
  });
}

/** Those that keep somebody out. */
export async function seriousFaults(page: Page | Frame): Promise<string[]> {
  return (await faults(page))
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ what }) => what);
}
