// Everything that has to hold: `npm test`; the long form is `npm run verify`. Installs what it needs, pinned, into .cache.
import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync } from "node:fs";
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
  run(signal: AbortSignal): Promise<Counts>;
}

const long = process.argv.includes("--long");
const only = process.argv.find(argument => argument.startsWith("--only="))?.slice("--only=".length);

/** Budgets of files in test/long that take more than half an hour on a slow machine. */
const LONG_MINUTES: Readonly<Record<string, number>> = { fuzz: 90, packages: 60 };

const suites: readonly Suite[] = [
  { name: "prerequisites", minutes: 15, run: prerequisites },
  { name: "build", minutes: 2, run: signal => command(["node", "esbuild.config.mjs"], signal) },
  { name: "default model", minutes: 15, run: defaultModel },
  { name: "format and lint", minutes: 1, run: signal => command(["npx", "biome", "check", "."], signal) },
  { name: "types", minutes: 2, run: signal => command(["npx", "tsc", "--noEmit"], signal) },
  { name: "layers", minutes: 1, run: signal => command(["node", "scripts/check-layers.ts"], signal) },
  { name: "notices", minutes: 1, run: signal => command(["node", "scripts/notices.ts", "--check"], signal) },
  { name: "tracer in Python", minutes: 2, run: pythonTests },
  { name: "unit", minutes: 8, run: signal => nodeTests("test/unit/**/*.test.ts", 2, signal) },
  { name: "module trees", minutes: 5, run: signal => scores(["--modules", "--every=5"], signal) },
  { name: "GPU", minutes: 8, run: gpuTests },
  { name: "editor", minutes: 17, run: signal => nodeTests("test/editor/*.test.ts", 1, signal) },
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
    run: (signal: AbortSignal) => scores([`--${part}`], signal),
  })),
];

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
for (const suite of suites) {
  if ((suite.long && !long) || (only && suite.name !== only)) continue;
  const started = Date.now();
  const signal = AbortSignal.timeout(suite.minutes * 60_000);
  console.log(`\n── ${suite.name}`);
  const counts = await suite.run(signal).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  if (signal.aborted) {
    console.error(`${suite.name} did not end within its budget of ${suite.minutes} min.`);
    counts.failed += 1;
  }
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(
    `   ${suite.name}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped, ${seconds} s`,
  );
  if (suite.name === "prerequisites" && counts.failed > 0) break;
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed === 0 ? 0 : 1);

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
async function command(argv: readonly string[], signal: AbortSignal): Promise<Counts> {
  const code = await execute(argv, signal);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** WebGPU on an adapter in software; skipped, and counted, where none can be had. */
async function gpuTests(signal: AbortSignal): Promise<Counts> {
  let adapter: string;
  try {
    adapter = ensureSoftwareAdapter();
  } catch (error) {
    console.log(`skipped: ${(error as Error).message}`);
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return nodeTests("test/gpu/*.test.ts", 1, signal, { VK_DRIVER_FILES: adapter });
}

/** A file of the long form, by itself: each has a budget of its own. */
function longTests(file: string): Suite {
  const name = basename(file, ".test.ts");
  const minutes = LONG_MINUTES[name] ?? 30;
  return { name, minutes, long: true, run: signal => nodeTests(file, 1, signal) };
}

async function nodeTests(
  pattern: string,
  concurrency: number,
  signal: AbortSignal,
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
    signal,
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
async function scores(options: readonly string[], signal: AbortSignal): Promise<Counts> {
  let output = "";
  const code = await execute(["node", "scripts/score.ts", ...options], signal, {}, text => {
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

async function pythonTests(signal: AbortSignal): Promise<Counts> {
  let output = "";
  const code = await execute(
    ["python3", "-m", "unittest", "discover", "-s", "test/unit/tracer/python", "-p", "test_*.py"],
    signal,
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
  signal: AbortSignal,
  environment: Readonly<Record<string, string>> = {},
  onOutput?: (text: string) => void,
): Promise<number | null> {
  const [name, ...args] = argv;
  return new Promise(resolve => {
    const child = spawn(name === "node" ? process.execPath : name!, args, {
      cwd: projectDirectory,
      stdio: ["ignore", onOutput ? "pipe" : "inherit", onOutput ? "pipe" : "inherit"],
      env: { ...process.env, ...environment },
      // Its own group, so that a suite that is ended takes what it started with it.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        process.stdout.write(chunk);
        onOutput?.(chunk.toString());
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
      console.error(error.message);
      resolve(null);
    });
    child.on("close", code => {
      signal.removeEventListener("abort", end);
      resolve(code);
    });
  });
}
