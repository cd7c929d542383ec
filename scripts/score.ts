// Compares the tracer with truth about real models: `npm run score`. Options: --modules, --forward, --heads, --sizes,
// --holes and --cache for some of the six, --cases=DIR for cases at hand, --every=N for every Nth name, --write-readme for
// the list in README.md.
import { parseArgs } from "node:util";
import { writeReadme } from "./score/readme.ts";
import { report, type Scores } from "./score/score.ts";
import {
  cacheScores,
  forwardScores,
  headScores,
  holeScores,
  moduleScores,
  sizesScores,
} from "./score/truth.ts";

const { values: options } = parseArgs({
  options: {
    modules: { type: "boolean", default: false },
    forward: { type: "boolean", default: false },
    heads: { type: "boolean", default: false },
    sizes: { type: "boolean", default: false },
    holes: { type: "boolean", default: false },
    cache: { type: "boolean", default: false },
    cases: { type: "string" },
    every: { type: "string", default: "1" },
    "write-readme": { type: "boolean", default: false },
  },
});
const every = Number(options.every);
const parts = ["modules", "forward", "heads", "sizes", "holes", "cache"] as const;
const whole = parts.every(part => !options[part]);

const all: Scores[] = [];
for (const [wanted, score] of [
  [whole || options.modules, () => moduleScores(every)],
  [whole || options.forward, () => forwardScores(every, options.cases)],
  [whole || options.heads, () => headScores(every, options.cases)],
  [whole || options.sizes, () => sizesScores(every, options.cases)],
  [whole || options.holes, () => holeScores(every, options.cases)],
  [whole || options.cache, () => cacheScores(every, options.cases)],
] as const) {
  if (!wanted) continue;
  const scores = await score();
  if (scores) {
    report(scores);
    all.push(scores);
  } else console.log("skipped: the recorded truth, or PyTorch, is not at hand");
}
if (options["write-readme"]) {
  if (every !== 1 || all.length < 2) throw new Error("README.md is written from both whole scores only.");
  writeReadme(all);
}
process.exit(all.every(({ scores }) => scores.every(({ reason }) => reason === null)) ? 0 : 1);
