import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureTransformers } from "../src/runtime/models/add.ts";
import { cacheAt } from "../src/runtime/models/cache.ts";
import { cacheDirectory, projectDirectory } from "./project.ts";

/** Node's oldest release that the command line promises to start under. */
const OLD_NODE = "node@20.19.5";

/** A browser for the tests: Chromium of the system, installed from Debian where that can be done. */
export function ensureChromium(): string {
  const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = () => places.find(path => existsSync(path));
  if (!found()) installPackages("Chromium", ["chromium", "fonts-nanum", "fonts-liberation"]);
  return found()!;
}

/** The pinned transformers, unpacked from its wheel and hash-checked: the folder that holds `transformers/`. */
export function ensureTransformersSource(): Promise<string> {
  const progress = steps();
  return ensureTransformers({
    cache: cacheAt(cacheDirectory),
    onProgress: ({ message }) => progress(message),
  });
}

/** Commands of the system that the tests need, and Debian's package of each. */
const COMMANDS = { python3: "python3", "g++": "g++", make: "make" } as const;

/** Python's own tests run under python3; the VS Code server's native modules are compiled. */
export function ensureCommands(): void {
  const missing = Object.entries(COMMANDS).filter(
    ([name]) => spawnSync(name, ["--version"]).error !== undefined,
  );
  if (missing.length > 0)
    installPackages(
      missing.map(([name]) => name).join(", "),
      missing.map(([, packageName]) => packageName),
    );
}

/** @throws Error that says what to install, where it cannot be installed from here. */
function installPackages(what: string, packages: readonly string[]): void {
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).error !== undefined)
    throw new Error(
      `${what}: not found. Install it (Debian: apt-get install ${packages.join(" ")}) and run again.`,
    );
  console.error(`Installing ${what} from Debian …`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const argv of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...packages],
  ])
    execFileSync("apt-get", argv, { stdio: ["ignore", "ignore", "inherit"], env: environment });
}

/** Says each step once. */
function steps(): (message: string) => void {
  let said = "";
  return message => {
    if (message !== said) console.error(`${message} …`);
    said = message;
  };
}

/** A Node 20, to test that the command line starts under it. */
export function ensureOldNode(): string {
  const root = join(cacheDirectory, "node20");
  const binary = join(root, "node_modules", "node", "bin", "node");
  if (!existsSync(binary)) {
    mkdirSync(root, { recursive: true });
    console.error(`Installing ${OLD_NODE} …`);
    execFileSync("npm", ["install", "--prefix", root, "--no-audit", "--no-fund", "--no-save", OLD_NODE], {
      cwd: projectDirectory,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return binary;
}

/** Adds the default model to the cache; without a network the tiny model that comes with Papertrace serves. */
export async function ensureDefaultModel(): Promise<boolean> {
  const added = spawnSync(
    process.execPath,
    [join(projectDirectory, "dist", "cli.js"), "models", "add", DEFAULT_MODEL],
    {
      stdio: "inherit",
    },
  );
  if (added.status === 0) return true;
  console.error(`${DEFAULT_MODEL} could not be added; the tiny model serves instead.`);
  return false;
}

const DEFAULT_MODEL = "smollm2-135m-instruct";
