// What Papertrace costs, as ratios to named baselines: `npm run bench [-- --only NAME --rounds N --json]`. Variants of one
// measurement take turns in every round of one run, so that a ratio means something on a machine that is not at rest, and
// each measurement has a process of its own.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { measureApart } from "./bench/apart.ts";
import { buildProduction } from "./bench/build.ts";
import { MEASUREMENTS } from "./bench/measurements.ts";
import { formatTable, type Report } from "./bench/table.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const rounds = options.rounds === undefined ? null : Number(options.rounds);
const names = Object.keys(MEASUREMENTS);
const chosen = names.filter(name => options.only === undefined || name === options.only);
if (chosen.length === 0 || (rounds !== null && !(Number.isInteger(rounds) && rounds > 0))) {
  console.error(
    `usage: npm run bench -- [--only NAME] [--rounds N] [--json]; NAME is one of ${names.join(", ")}`,
  );
  process.exit(2);
}

say("building …");
buildProduction();
const reports: Report[] = [];
for (const name of chosen) {
  const { report, failed } = await measureApart(name, rounds, message => say(`${name}: ${message}`));
  reports.push(report);
  if (failed) process.exitCode = 1;
}
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

/** On one line of a terminal; not at all where nobody looks. */
function say(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${message}`);
}
