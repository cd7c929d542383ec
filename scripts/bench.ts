// What Papertrace costs, as ratios to named baselines: `npm run bench [-- --only NAME --rounds N --json]`. Variants of one
// measurement take turns in every round of one run, so that a ratio means something on a machine that is not at rest.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { activation } from "./bench/activation.ts";
import { buildProduction } from "./bench/build.ts";
import { checkpoint } from "./bench/checkpoint.ts";
import { decode } from "./bench/decode.ts";
import { hover } from "./bench/hover.ts";
import { intervention } from "./bench/intervention.ts";
import { linking } from "./bench/linking.ts";
import { type Measurement, Unavailable } from "./bench/measurement.ts";
import { memory } from "./bench/memory.ts";
import { panel } from "./bench/panel.ts";
import { paper } from "./bench/paper.ts";
import { prefill } from "./bench/prefill.ts";
import { recognition } from "./bench/recognition.ts";
import { summarise } from "./bench/statistics.ts";
import { formatTable, type Report } from "./bench/table.ts";
import { trace } from "./bench/trace.ts";

const MEASUREMENTS: readonly Measurement[] = [
  hover,
  activation,
  trace,
  prefill,
  decode,
  panel,
  intervention,
  memory,
  checkpoint,
  recognition,
  linking,
  paper,
];

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const rounds = options.rounds === undefined ? null : Number(options.rounds);
const chosen = MEASUREMENTS.filter(({ name }) => options.only === undefined || name === options.only);
if (chosen.length === 0 || (rounds !== null && !(Number.isInteger(rounds) && rounds > 0))) {
  const names = MEASUREMENTS.map(({ name }) => name).join(", ");
  console.error(`usage: npm run bench -- [--only NAME] [--rounds N] [--json]; NAME is one of ${names}`);
  process.exit(2);
}

say("building …");
buildProduction();
const reports: Report[] = [];
for (const measurement of chosen) reports.push(await measure(measurement));
say("");

const { node, v8 } = process.versions;
if (options.json) {
  const { platform, arch } = process;
  const machine = { node, v8, platform, arch, cores: availableParallelism() };
  console.log(JSON.stringify({ machine, measurements: reports }, null, 2));
} else {
  console.log(
    `Ratios to the baseline beside them: medians of one interleaved run. Node ${node}, ${availableParallelism()} cores.\n`,
  );
  console.log(formatTable(reports));
}
process.exit();

async function measure({ name, title, rounds: usual, run }: Measurement): Promise<Report> {
  const report = { name, title, rounds: rounds ?? usual, rows: [], facts: [], skipped: null };
  const progress = (message: string) => say(`${name}: ${message}`);
  progress("preparing");
  try {
    const { comparisons, facts = [] } = await run({ rounds: report.rounds, progress });
    return { ...report, rows: comparisons.map(summarise), facts };
  } catch (error) {
    if (error instanceof Unavailable) return { ...report, skipped: error.message };
    process.exitCode = 1;
    return { ...report, skipped: `it failed: ${error instanceof Error ? error.message : error}` };
  }
}

/** On one line of a terminal; not at all where nobody looks. */
function say(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${message}`);
}
