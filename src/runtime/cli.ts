import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Bundle, setBundle, t } from "../shared/l10n.ts";
import { type Command, type CommandIo, UsageError } from "./cli/command.ts";

/** Oldest Node that the runtime works under; an older one hands over to the one that is installed with it. */
const OLDEST_NODE = [22, 13] as const;

/** What cancels a command. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const SAME_KEY_MS = 500;

/** Every command, loaded when it is called. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  modules: async () => (await import("./cli/modules.ts")).modulesCommand,
  run: async () => (await import("./cli/run.ts")).runCommand,
  links: async () => (await import("./cli/links.ts")).linksCommand,
  generate: async () => (await import("./cli/generate.ts")).generateCommand,
  compare: async () => (await import("./cli/compare.ts")).compareCommand,
  providers: async () => (await import("./cli/providers.ts")).providersCommand,
  models: async () => (await import("./cli/models.ts")).modelsCommand,
  packages: async () => (await import("./cli/packages.ts")).packagesCommand,
};

/** Runs a command line and returns its exit status: 0, 1 for a failure, 2 for wrong usage. */
async function main(argv: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.err(await overview());
    return 2;
  }
  if (name === "help" || name === "--help" || name === "-h") {
    io.out(await overview());
    return 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) {
    io.err(t("Unknown command “{0}”; there are: {1}.", name, Object.keys(COMMANDS).join(", ")));
    return 2;
  }
  const command = await load();
  if (rest.includes("--help") || rest.includes("-h")) {
    io.out(usage(command));
    return 0;
  }
  try {
    return await command.run(rest, io);
  } catch (error) {
    if (!isUsageError(error)) throw error;
    io.err(oneLine(error));
    io.err(usage(command));
    return 2;
  }
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map(load => load()));
  return commands.map(usage).join("\n");
}

function usage(command: Command): string {
  return command.usage
    .trim()
    .split("\n")
    .map(line => `papertrace ${line.trim()}`)
    .join("\n");
}

/** Ours, or one of node:util's parseArgs. */
function isUsageError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return error instanceof UsageError || (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS"));
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.replaceAll(/\s*\n\s*/g, " ").trim();
}

/** Runs the same command line under the Node that Papertrace is installed with. */
async function handOver(): Promise<number> {
  const require = createRequire(import.meta.url);
  const directory = join(require.resolve("node/package.json"), "..");
  const node = join(directory, "bin", process.platform === "win32" ? "node.exe" : "node");
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  try {
    const [status] = (await once(child, "exit")) as [number | null];
    return status ?? 1;
  } catch (error) {
    const needed = OLDEST_NODE.join(".");
    console.error(
      t("Papertrace needs Node {0} or newer, and {1} cannot be started: {2}", needed, node, oneLine(error)),
    );
    return 1;
  }
}

function isNodeTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
}

/** Messages in the language of the terminal, where there is a bundle for it. */
function localise(environment: CommandIo["environment"]): void {
  const locale = environment.LC_ALL || environment.LC_MESSAGES || environment.LANG || "";
  const language = /^[a-z]{2}/.exec(locale)?.[0];
  if (!language || language === "en") return;
  for (const root of ["..", "../.."]) {
    const path = fileURLToPath(new URL(`${root}/media/l10n/bundle.l10n.${language}.json`, import.meta.url));
    try {
      setBundle(JSON.parse(readFileSync(path, "utf8")) as Bundle);
      return;
    } catch {
      // No bundle there: English.
    }
  }
}

async function start(): Promise<void> {
  const abort = new AbortController();
  let cancelledAt = 0;
  const cancel = () => {
    // The second time there is nothing left to wait for. A terminal and the process that handed over may both pass on
    // one key press.
    if (abort.signal.aborted && Date.now() - cancelledAt > SAME_KEY_MS) process.exit(1);
    if (abort.signal.aborted) return;
    cancelledAt = Date.now();
    abort.abort(new Error(t("Cancelled.")));
  };
  for (const signal of SIGNALS) process.on(signal, cancel);
  process.stdout.on("error", error => {
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  });
  const io: CommandIo = {
    out: text => void process.stdout.write(`${text}\n`),
    err: text => void process.stderr.write(`${text}\n`),
    signal: abort.signal,
    environment: process.env,
  };
  try {
    process.exitCode = await main(process.argv.slice(2), io);
  } catch (error) {
    io.err(oneLine(error));
    process.exitCode = 1;
  }
}

localise(process.env);
if (isNodeTooOld()) process.exitCode = await handOver();
else await start();
