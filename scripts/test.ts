// Everything that has to hold: `npm test`; the long form is `npm run verify`. Installs what it needs, pinned, into .cache.
import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import {
  ensureChromium,
  ensureCommands,
  ensureDefaultModel,
  ensureOldNode,
  ensureSoftwareAdapter,
  ensureTestPackages,
  ensureTransformersSource,
} from "./prerequisites.ts";
import { projectDirectory } from "./project.ts";
import { ensureVsCodeServer } from "./vscode-server.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** A step of the tests. `minutes` is its budget: past it the step is ended and counts as failed. */
interface Suite {
  readonly name: string;
  readonly minutes: number;
  readonly long?: boolean;
  run(running: Running): Promise<Counts>;
}

/** A suite that runs: when it has to end, and where its output goes. */
interface Running {
  readonly signal: AbortSignal;
  readonly write: (text: string) => void;
}

/** Output that is shown as it comes. */
const show = (text: string): void => void process.stdout.write(text);

/** So many long suites run side by side: each has a processor to itself for most of its time. */
const ABREAST = Math.min(2, availableParallelism());

const long = process.argv.includes("--long");
const only = process.argv.find(argument => argument.startsWith("--only="))?.slice("--only=".length);

/** Budgets of files in test/long that take more than half an hour on a slow machine. */
const LONG_MINUTES: Readonly<Record<string, number>> = { fuzz: 90, packages: 60 };

const suites: readonly Suite[] = [
  { name: "prerequisites", minutes: 15, run: prerequisites },
  { name: "build", minutes: 2, run: running => command(["node", "esbuild.config.mjs"], running) },
  { name: "default model", minutes: 15, run: defaultModel },
  { name: "format and lint", minutes: 1, run: running => command(["npx", "biome", "check", "."], running) },
  { name: "types", minutes: 2, run: running => command(["npx", "tsc", "--noEmit"], running) },
  { name: "layers", minutes: 1, run: running => command(["node", "scripts/check-layers.ts"], running) },
  {
    name: "notices",
    minutes: 1,
    run: running => command(["node", "scripts/notices.ts", "--check"], running),
  },
  { name: "tracer in Python", minutes: 2, run: pythonTests },
  { name: "unit", minutes: 8, run: running => nodeTests("test/unit/**/*.test.ts", 2, running) },
  { name: "module trees", minutes: 5, run: running => scores(["--modules", "--every=5"], running) },
  { name: "GPU", minutes: 8, run: gpuTests },
  { name: "editor", minutes: 19, run: running => nodeTests("test/editor/*.test.ts", 1, running) },
  ...globSync("test/long/*.test.ts", { cwd: projectDirectory }).sort().map(longTests),
  ...[
    { name: "whole module trees", part: "modules", minutes: 30 },
    { name: "forward passes", part: "forward", minutes: 60 },
    { name: "task heads", part: "heads", minutes: 90 },
    { name: "other sizes", part: "sizes", minutes: 60 },
    { name: "texts in pieces", part: "cache", minutes: 60 },
    { name: "guards at many sizes", part: "holes", minutes: 240 },
  ].map(({ name, part, minutes }) => ({
    name,
    minutes,
    long: true,
    run: (running: Running) => scores([`--${part}`], running),
  })),
];

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const wanted = suites.filter(suite => (long || !suite.long) && (!only || suite.name === only));
/** The longest first, so that none is left to run alone. */
const waiting = wanted.filter(suite => suite.long).sort((a, b) => b.minutes - a.minutes);
for (const suite of wanted.filter(suite => !suite.long)) {
  const counts = await run(suite, show);
  if (suite.name !== "prerequisites" || counts.failed === 0) continue;
  waiting.length = 0;
  break;
}
const abreast = waiting.length > 1 ? ABREAST : 1;
await Promise.all(
  Array.from({ length: abreast }, async () => {
    for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
      // What two say at once would be read as one: each is told when it is over.
      const told: string[] = [];
      if (abreast > 1) show(`\n${suite.name} has begun\n`);
      await run(suite, abreast > 1 ? text => void told.push(text) : show);
      show(told.join(""));
    }
  }),
);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);

/** Run a suite within its budget, and count what it found. */
async function run(suite: Suite, write: (text: string) => void): Promise<Counts> {
  const started = Date.now();
  const signal = AbortSignal.timeout(suite.minutes * 60_000);
  write(`\n── ${suite.name}\n`);
  const counts = await suite.run({ signal, write }).catch((error: unknown) => {
    write(`${error instanceof Error ? error.message : error}\n`);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  if (signal.aborted) {
    write(`${suite.name} did not end within its budget of ${suite.minutes} min.\n`);
    counts.failed += 1;
  }
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  write(
    `   ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${seconds} s\n`,
  );
  return counts;
}

async function prerequisites(): Promise<Counts> {
  ensureCommands();
  ensureChromium();
  ensureVsCodeServer();
  await ensureTransformersSource();
  await ensureTestPackages();
  ensureOldNode();
  return { passed: 1, failed: 0, skipped: 0 };
}

/** Where PyPI cannot be reached either, what needs the model is skipped, and counted. */
async function defaultModel(): Promise<Counts> {
  const added = await ensureDefaultModel();
  return { passed: added ? 1 : 0, failed: 0, skipped: added ? 0 : 1 };
}

/** A command that passes or fails as a whole. */
async function command(argv: readonly string[], running: Running): Promise<Counts> {
  const code = await execute(argv, running);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** WebGPU on an adapter in software; skipped, and counted, where none can be had. */
async function gpuTests(running: Running): Promise<Counts> {
  let adapter: string;
  try {
    adapter = ensureSoftwareAdapter();
  } catch (error) {
    running.write(`skipped: ${(error as Error).message}\n`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return nodeTests("test/gpu/*.test.ts", 1, running, { VK_DRIVER_FILES: adapter });
}

/** A file of the long form, by itself: each has a budget of its own. */
function longTests(file: string): Suite {
  const name = basename(file, ".test.ts");
  const minutes = LONG_MINUTES[name] ?? 30;
  return { name, minutes, long: true, run: running => nodeTests(file, 1, running) };
}

async function nodeTests(
  pattern: string,
  concurrency: number,
  running: Running,
  environment: Readonly<Record<string, string>> = {},
): Promise<Counts> {
  const files = globSync(pattern, { cwd: projectDirectory }).sort();
  if (files.length === 0) throw new Error(`No test matches ${pattern}.`);
  mkdirSync(join(projectDirectory, "artifacts"), { recursive: true });
  const name = pattern.includes("*") ? pattern.split("/")[1]! : basename(pattern, ".test.ts");
  const report = join(projectDirectory, "artifacts", `${name}.tap`);
  await execute(
    [
      "node",
      ...["--test", `--test-concurrency=${concurrency}`, "--test-timeout=240000"],
      ...["--test-reporter=dot", "--test-reporter-destination=stdout"],
      ...["--test-reporter=tap", `--test-reporter-destination=${report}`],
      ...files,
    ],
    running,
    environment,
  );
  const text = readFileSync(report, "utf8");
  const count = (name: string) =>
    Number(text.match(new RegExp(`^# ${name} (\\d+)$`, "m"))?.[1] ?? Number.NaN);
  const counts = {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped") + count("todo"),
  };
  if (Number.isNaN(counts.passed + counts.failed)) return { passed: 0, failed: 1, skipped: 0 };
  return counts;
}

/** Every model that is exact has passed; without the recorded truth, or PyTorch, the score is skipped. */
async function scores(options: readonly string[], running: Running): Promise<Counts> {
  let output = "";
  const code = await execute(["node", "scripts/score.ts", ...options], running, {}, text => {
    output += text;
  });
  const [, exact, all] = output.match(/: (\d+) of (\d+)/) ?? [];
  const failed = Number(all ?? 0) - Number(exact ?? 0);
  return {
    passed: Number(exact ?? 0),
    failed: code === 0 || failed > 0 ? failed : 1,
    skipped: /^skipped/m.test(output) ? 1 : 0,
  };
}

async function pythonTests(running: Running): Promise<Counts> {
  let output = "";
  const code = await execute(
    ["python3", "-m", "unittest", "discover", "-s", "test/unit/tracer/python", "-p", "test_*.py"],
    running,
    { PYTHONPATH: join(projectDirectory, "src/runtime/tracer/python"), PYTHONDONTWRITEBYTECODE: "1" },
    text => {
      output += text;
    },
  );
  const ran = Number(output.match(/^Ran (\d+) tests?/m)?.[1] ?? 0);
  const count = (name: string) => Number(output.match(new RegExp(`${name}=(\\d+)`))?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  return {
    passed: ran - failed - count("skipped"),
    failed: code === 0 || failed > 0 ? failed : 1,
    skipped: count("skipped"),
  };
}

function execute(
  argv: readonly string[],
  { signal, write }: Running,
  environment: Readonly<Record<string, string>> = {},
  onOutput?: (text: string) => void,
): Promise<number | null> {
  const [name, ...args] = argv;
  // What is shown as it comes goes there by itself: processes that outlive the command would keep a pipe open.
  const output = onOutput || write !== show ? "pipe" : "inherit";
  return new Promise(resolve => {
    const child = spawn(name === "node" ? process.execPath : name!, args, {
      cwd: projectDirectory,
      stdio: ["ignore", output, output],
      env: { ...process.env, ...environment },
      // Its own group, so that a suite that is ended takes what it started with it.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        write(text);
        onOutput?.(text);
      });
    const end = () => {
      try {
        process.kill(-child.pid!, "SIGKILL");
      } catch {
        child.kill("SIGKILL");
      }
    };
    signal.addEventListener("abort", end);
    child.on("error", error => {
      write(`${error.message}\n`);
      resolve(null);
    });
    child.on("close", code => {
      signal.removeEventListener("abort", end);
      resolve(code);
    });
  });
}
