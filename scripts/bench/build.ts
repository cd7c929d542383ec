import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, projectDirectory } from "../project.ts";

/** What the measurements keep between runs: a build and the tracer's snapshots. */
export const benchDirectory = join(cacheDirectory, "bench");

/** Builds what is shipped, apart from dist/, and returns the folder. */
export function buildProduction(): string {
  const outdir = join(benchDirectory, "dist");
  mkdirSync(benchDirectory, { recursive: true });
  // Node looks above a bundle for what kind of module it is.
  writeFileSync(join(benchDirectory, "package.json"), JSON.stringify({ type: "module" }));
  const built = spawnSync(process.execPath, ["esbuild.config.mjs", "--production", `--outdir=${outdir}`], {
    cwd: projectDirectory,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (built.status !== 0) throw new Error("the production build failed");
  return outdir;
}
