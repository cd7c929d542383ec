import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, projectDirectory } from "./project.ts";

/** The release whose unmodified modeling files the tests run. */
export const TRANSFORMERS = {
  version: "5.18.0",
  sha256: "d79e5a515a572ee3deb33eb0d578be47d91e70c75d54cf21bf6eede6edef14a9",
} as const;

/** Node's oldest release that the command line promises to start under. */
const OLD_NODE = "node@20.19.5";

/** A browser for the tests: Chromium of the system, installed from Debian where that can be done. */
export function ensureChromium(): string {
  const found = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(path =>
    existsSync(path),
  );
  if (found) return found;
  if (
    process.platform === "linux" &&
    process.getuid?.() === 0 &&
    spawnSync("which", ["apt-get"]).status === 0
  ) {
    console.error("Installing Chromium from Debian …");
    const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const options = { stdio: ["ignore", "ignore", "inherit"] as const, env: environment };
    execFileSync("apt-get", ["update", "-qq"], { ...options, stdio: ["ignore", "ignore", "inherit"] });
    execFileSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-nanum"], {
      ...options,
      stdio: ["ignore", "ignore", "inherit"],
    });
    return "/usr/bin/chromium";
  }
  throw new Error("No Chromium was found. Install it (Debian: apt-get install chromium) and run again.");
}

/** Unpacks transformers' wheel from PyPI, hash-checked, and returns the folder that holds `transformers/`. */
export function ensureTransformersSource(): string {
  const target = join(cacheDirectory, `transformers-${TRANSFORMERS.version}`);
  if (existsSync(join(target, "transformers"))) return target;
  const download = join(cacheDirectory, "wheels");
  mkdirSync(download, { recursive: true });
  console.error(`Downloading transformers ${TRANSFORMERS.version} from PyPI …`);
  execFileSync(
    "python3",
    [
      "-m",
      "pip",
      "download",
      "--quiet",
      "--no-deps",
      "--dest",
      download,
      `transformers==${TRANSFORMERS.version}`,
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const wheel = join(
    download,
    readdirSync(download).find(name => name.startsWith(`transformers-${TRANSFORMERS.version}`))!,
  );
  const sha256 = createHash("sha256").update(readFileSync(wheel)).digest("hex");
  if (sha256 !== TRANSFORMERS.sha256) {
    rmSync(wheel);
    throw new Error(
      `${wheel} has SHA-256 ${sha256}, expected ${TRANSFORMERS.sha256}. It was removed; run again.`,
    );
  }
  const unpacked = `${target}.partial`;
  rmSync(unpacked, { recursive: true, force: true });
  execFileSync("python3", ["-m", "zipfile", "-e", wheel, unpacked]);
  renameSync(unpacked, target);
  return target;
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
