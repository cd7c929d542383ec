import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { projectDirectory } from "../../support/paths.ts";
import { assertClear, PdfReadings } from "../../support/pdf-mutant-check.ts";
import { pdfMutant } from "../../support/pdf-mutants.ts";

/** A slice of what test/long goes through, over our own paper. */
const COUNT = 40;

describe("a broken paper", () => {
  const sample = readFileSync(join(projectDirectory, "media", "sample", "paper.pdf"));
  const readings = new PdfReadings();
  after(() => readings.dispose());

  for (let number = 0; number < COUNT; number++) {
    const mutant = pdfMutant(number, sample);
    test(`mutant ${number} (${mutant.changes.join(", ")}) is read or refused with a reason`, async () => {
      assertClear(await readings.read(mutant));
    });
  }
});
