import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureSources, ensureTransformers } from "../src/runtime/models/add.ts";
import { cacheAt } from "../src/runtime/models/cache.ts";
import type { AddableSource } from "../src/runtime/models/registry.ts";
import { PACKAGES } from "../test/support/packages.ts";
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

/** SwiftShader, a Vulkan driver that computes in software, comes with the browser; Mesa's lacks what WebGPU asks for. */
const SOFTWARE_ADAPTERS = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];
const VULKAN_LOADERS = ["/usr/lib/x86_64-linux-gnu/libvulkan.so.1", "/usr/lib64/libvulkan.so.1"];

/**
 * A driver by which WebGPU runs on a machine without a GPU, installed from Debian where that can be done.
 * @returns its description, for VK_DRIVER_FILES.
 * @throws Error that says what to install, or why there is none.
 */
export function ensureSoftwareAdapter(): string {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `onnxruntime-node has no WebGPU that runs in software on ${process.platform} ${process.arch}.`,
    );
  const found = () => SOFTWARE_ADAPTERS.find(path => existsSync(path));
  if (!found() || !VULKAN_LOADERS.some(path => existsSync(path)))
    installPackages("a Vulkan driver in software", ["libvulkan1", "chromium"]);
  const adapter = found();
  if (!adapter) throw new Error("No Vulkan driver in software was found, though its package is installed.");
  return adapter;
}

/** The pinned transformers, unpacked from its wheel and hash-checked: the folder that holds `transformers/`. */
export function ensureTransformersSource(): Promise<string> {
  const progress = steps();
  return ensureTransformers({
    cache: cacheAt(cacheDirectory),
    onProgress: ({ message }) => progress(message),
  });
}

/** Pinned packages of PyPI whose classes the tests trace. */
export async function ensureTestPackages(packages: readonly AddableSource[] = PACKAGES): Promise<void> {
  const progress = steps();
  const options = {
    cache: cacheAt(cacheDirectory),
    onProgress: ({ message }: { message: string }) => progress(message),
  };
  for (const source of packages) await ensureSources(source, options);
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
