import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { projectDirectory, sharedDirectory } from "../support/paths.ts";
import { assertClear, type PdfOutcome, PdfReadings } from "../support/pdf-mutant-check.ts";
import { pdfMutant } from "../support/pdf-mutants.ts";
import { PdfShowings } from "../support/pdf-mutants-in-page.ts";

const COUNT = 300;

/** Real papers where they are at hand, and our own. */
const shared = sharedDirectory();
const papers = [
  join(projectDirectory, "media", "sample", "paper.pdf"),
  ...(shared === null
    ? []
    : readdirSync(join(shared, "papers"))
        .filter(name => name.endsWith(".pdf"))
        .map(name => join(shared, "papers", name))),
].map(file => readFileSync(file));

for (const [place, readings] of [
  ["read in Node", new PdfReadings()],
  ["shown in the reader's page", new PdfShowings()],
] as const) {
  describe(`a broken paper, ${place}`, () => {
    const outcomes: PdfOutcome["outcome"][] = [];
    after(async () => {
      await readings.dispose();
      const counts = ["read", "refused", "failed", "hung"].map(
        name => `${outcomes.filter(outcome => outcome === name).length} ${name}`,
      );
      console.log(`\n${outcomes.length} broken papers, ${place}: ${counts.join(" · ")}`);
    });

    for (let number = 0; number < COUNT; number++) {
      const mutant = pdfMutant(number, papers[number % papers.length]!);
      test(`mutant ${number} (${mutant.changes.join(", ")}) is read or refused with a reason`, async () => {
        const outcome = await readings.read(mutant);
        outcomes.push(outcome.outcome);
        assertClear(outcome);
      });
    }
  });
}
