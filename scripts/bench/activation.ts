import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { benchDirectory } from "./build.ts";
import type { Measurement } from "./measurement.ts";
import { compare, interleave, type Variant } from "./rounds.ts";

/** What the editor's extension host pays when Papertrace is loaded. */
export const activation: Measurement = {
  name: "activation",
  title: "evaluating the extension's bundle in a fresh Node",
  rounds: 15,
  async run(bench) {
    const bundle = join(benchDirectory, "dist", "extension.cjs");
    const folder = mkdtempSync(join(benchDirectory, "activation-"));
    try {
      const nothing = join(folder, "empty.cjs");
      writeFileSync(nothing, '"use strict";\n');
      const loadNothing = loader(folder, "load-nothing.cjs", nothing);
      const loadExtension = loader(folder, "load-extension.cjs", bundle);
      const samples = await interleave(bench, {
        "Node that starts and ends": start(["-e", "0"]),
        "Node that requires an empty bundle": start([loadNothing]),
        "Node that requires the extension": start([loadExtension]),
        "require of an empty bundle": requiring(loadNothing),
        "require of the extension": requiring(loadExtension),
      });
      const kilobytes = Math.round(statSync(bundle).size / 1000);
      return {
        comparisons: compare(samples, "ms", [
          ["Node that requires the extension", "Node that starts and ends"],
          ["Node that requires the extension", "Node that requires an empty bundle"],
          ["require of the extension", "require of an empty bundle"],
        ]),
        facts: [`the bundle, for production: ${kilobytes} kB`],
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** A script that requires a bundle with the stand-in for the editor, and prints how long that took. */
function loader(folder: string, name: string, bundle: string): string {
  const path = join(folder, name);
  const standIn = fileURLToPath(new URL("./vscode-stand-in.cjs", import.meta.url));
  writeFileSync(
    path,
    `const Module = require("node:module");
const vscode = require(${JSON.stringify(standIn)});
const load = Module._load;
Module._load = (name, ...rest) => name === "vscode" ? vscode : load(name, ...rest);
const began = performance.now();
require(${JSON.stringify(bundle)});
process.stdout.write(String(performance.now() - began));
`,
  );
  return path;
}

/** From spawning to the end of the process. */
function start(argv: readonly string[]): Variant {
  return () => {
    const began = performance.now();
    runNode(argv);
    return performance.now() - began;
  };
}

/** As the script itself says. */
function requiring(script: string): Variant {
  return () => Number(runNode([script]));
}

function runNode(argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${argv.join(" ")}: ${stderr}`);
  return stdout;
}
