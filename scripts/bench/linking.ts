import { existsSync } from "node:fs";
import { join } from "node:path";
import { linkPaper } from "../../src/runtime/paper/link-paper.ts";
import { sharedDirectory } from "../../test/support/paths.ts";
import { type Count, formatCounts, precisionAndRecall, sumCounts, totalOf } from "./counts.ts";
import { compareMentions, labelledPapers, readLabelled } from "./linking-labels.ts";
import { type Measurement, Unavailable } from "./measurement.ts";

/** What links are to reach on papers that no rule was made with. */
const TARGET = { precision: 0.95, recall: 0.93 };

/** How well mentions are linked, against labels that were given by reading. */
export const linking: Measurement = {
  name: "linking",
  title: "mentions of components linked, against labels given by reading",
  rounds: 1,
  async run(bench) {
    const shared = sharedDirectory();
    if (shared === null) throw new Unavailable("the labelled papers are not beside the project");
    const folder = join(shared, "papers");
    const facts: string[] = [];
    for (const set of ["tuned", "held-out"] as const) {
      const papers = labelledPapers().filter(
        paper => paper.set === set && existsSync(join(folder, paper.paper)),
      );
      const counts: ReadonlyMap<string, Count>[] = [];
      for (const labelled of papers) {
        bench.progress(`linking ${labelled.paper}`);
        const bytes = readLabelled(labelled, folder);
        const pages = await linkPaper(labelled.paper, bytes, AbortSignal.timeout(120_000));
        counts.push(compareMentions(labelled, pages).counts);
      }
      const sums = sumCounts(counts);
      facts.push(...formatCounts(`${set}: ${papers.map(({ paper }) => paper).join(", ")}`, sums));
      if (set === "held-out") {
        const { precision, recall } = precisionAndRecall(totalOf(sums));
        const met = (precision ?? 0) >= TARGET.precision && (recall ?? 0) >= TARGET.recall;
        facts.push(
          `target: precision ≥ ${TARGET.precision}, recall ≥ ${TARGET.recall}: ${met ? "met" : "missed"}`,
        );
      }
    }
    return { comparisons: [], facts };
  },
};
