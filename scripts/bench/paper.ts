import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sharedDirectory } from "../../test/support/paths.ts";
import { projectDirectory } from "../project.ts";
import type { Bench, Comparison, Measurement } from "./measurement.ts";
import { Desk } from "./paper/desk.ts";
import { LONG_PAPER_PAGES, longPaper } from "./paper/long-paper.ts";
import type { ReadingPass } from "./paper/reading-pass.ts";
import { type Visit, visit } from "./paper/visit.ts";
import { compare, interleave, type Samples } from "./rounds.ts";

/** Our own papers, and those beside the project where they are there. */
const OWN = ["media/sample/paper.pdf", "test/fixtures/paper/korean.pdf"];
const SHARED = [
  "attention-is-all-you-need-1706.03762.pdf",
  "bert-1810.04805-annotated.pdf",
  "flashattention-2205.14135.pdf",
  "vit-2010.11929.pdf",
];

const OURS = "our page";
const BARE = "pdf.js’ viewer with nothing around it";

/** What the page of a paper costs beside pdf.js' own viewer. */
export const paper: Measurement = {
  name: "paper",
  title: `papers read, linked, shown and scrolled through; the long one has ${LONG_PAPER_PAGES} pages`,
  rounds: 7,
  async run(bench) {
    const papers = papersAtHand();
    const desk = await Desk.open();
    try {
      const linking = await measureLinking(bench, papers);
      const firstPage = await measureFirstPage(bench, desk, papers);
      const { comparisons, facts } = await measureLongPaper(bench, desk);
      return {
        comparisons: [...linking, ...firstPage, ...comparisons],
        facts: [`${papers.length} papers read and opened`, ...facts],
      };
    } finally {
      await desk.close();
    }
  },
};

function papersAtHand(): string[] {
  const shared = sharedDirectory();
  const own = OWN.map(file => join(projectDirectory, file));
  return shared === null ? own : [...own, ...SHARED.map(file => join(shared, "papers", file))];
}

/** Both parts of a row are of the same pass over all papers, in a process of its own. */
async function measureLinking(bench: Bench, papers: readonly string[]): Promise<Comparison[]> {
  const entry = join(import.meta.dirname, "paper", "reading-pass.ts");
  const passes: [first: ReadingPass, second: ReadingPass][] = [];
  for (let round = 0; round < bench.rounds; round++) {
    bench.progress(`linking, round ${round + 1} of ${bench.rounds}`);
    passes.push(JSON.parse(execFileSync(process.execPath, [entry, ...papers], { encoding: "utf8" })));
  }
  return ["all papers: linked, beyond the text", "the same in a process that has just begun"].map(
    (variant, row) => ({
      variant,
      baseline: "text extracted by pdf.js",
      unit: "ms",
      samples: passes.map(pass => pass[1 - row]!.linking),
      baselineSamples: passes.map(pass => pass[1 - row]!.extraction),
      expected: { atMost: 0.1 },
    }),
  );
}

/** From the beginning of the navigation until page 1 is painted, all papers one after the other. */
async function measureFirstPage(bench: Bench, desk: Desk, papers: readonly string[]): Promise<Comparison[]> {
  const files = papers.map(file => readFileSync(file));
  const open = async (reader: "ours" | "bare") => {
    let sum = 0;
    for (const file of files) {
      desk.lay(file);
      const page = await desk.read(reader);
      sum += await page.evaluate(() => window.probe.firstPage);
      await page.context().close();
    }
    return sum;
  };
  const ours = `all papers: first page, ${OURS}`;
  const bare = `first page, ${BARE}`;
  const samples = await interleave(bench, { [ours]: () => open("ours"), [bare]: () => open("bare") }, 1);
  return compare(samples, "ms", [[ours, bare, { atMost: 1.5 }]]);
}

/** The long paper, scrolled through at once while it is still being linked. */
async function measureLongPaper(bench: Bench, desk: Desk) {
  desk.lay(await longPaper(desk.browser));
  const visits: Record<"ours" | "bare", Visit[]> = { ours: [], bare: [] };
  const go = async (reader: "ours" | "bare", round: number) => {
    const made = await visit(desk, reader);
    if (round >= 0) visits[reader].push(made);
    return made.seconds;
  };
  await interleave(
    { ...bench, rounds: Math.ceil(bench.rounds / 2) },
    { ours: round => go("ours", round), bare: round => go("bare", round) },
    0,
  );
  const rows = (what: string, unit: "ms" | "MB", of: (visit: Visit) => number | null, atMost?: number) => {
    const ours = `${what}, ${OURS}`;
    const samples: Record<string, (number | null)[]> = {
      [ours]: visits.ours.map(of),
      [BARE]: visits.bare.map(of),
    };
    if (Object.values(samples).flat().includes(null)) return [];
    const expected = atMost === undefined ? undefined : { atMost };
    return compare(samples as Samples<string>, unit, [[ours, BARE, expected]]);
  };
  const longest = (list: readonly Visit[], of: (visit: Visit) => readonly number[]) =>
    Math.round(Math.max(0, ...list.flatMap(of)));
  return {
    comparisons: [
      ...rows("long paper: memory of its process", "MB", made => made.megabytes, 1.3),
      ...rows("long paper: of that, JavaScript’s heap", "MB", made => made.heapMegabytes),
      ...rows("long paper: a frame of the scroll, 95th percentile", "ms", made => made.frame95, 1.2),
      ...rows("long paper: the whole scroll", "ms", made => 1000 * made.seconds),
    ],
    facts: [
      `longest task while scrolling: ${longest(visits.ours, made => made.longTasks)} ms, bare ${longest(visits.bare, made => made.longTasks)} ms; ` +
        `while linking at rest: ${longest(visits.ours, made => made.longTasksAtRest)} ms`,
      visits.ours[0]?.megabytes === null
        ? "memory of a process is read from /proc, which Linux has"
        : "memory: what the process of the page holds (its share of what is shared), with its worker and its canvases, after garbage collection",
    ],
  };
}
