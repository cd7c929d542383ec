// Makes the .vsix of this platform: only what runs, and only this platform's native files. Prints its size.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createVSIX } from "@vscode/vsce";
import { cacheDirectory, projectDirectory } from "./project.ts";

/** Node's platform-architecture; also the name of a VS Code target. */
const target = `${process.platform}-${process.arch}`;

/**
 * Packages that stay outside the bundles, with the files of each that are needed at run time; null: all, with what it
 * depends on. pdfjs-dist is put beside the bundles by the build.
 */
const EXTERNAL: Record<string, readonly string[] | null> = {
  "onnxruntime-node": ["package.json", "dist", `bin/napi-v6/${process.platform}/${process.arch}`],
  "onnxruntime-common": ["package.json", "dist/cjs", "dist/esm"],
  pyodide: [
    "package.json",
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "python_stdlib.zip",
    "pyodide-lock.json",
  ],
  "@huggingface/transformers": ["package.json", "LICENSE", "dist/transformers.node.mjs"],
  sharp: null,
};

const KEPT_MANIFEST_KEYS = [
  "name",
  "displayName",
  "description",
  "version",
  "publisher",
  "license",
  "type",
  "engines",
  "categories",
  "keywords",
  "icon",
  "main",
  "l10n",
  "extensionKind",
  "activationEvents",
  "capabilities",
  "contributes",
];

const stage = join(cacheDirectory, "package");
rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });

const build = spawnSync(process.execPath, ["esbuild.config.mjs", "--production"], {
  cwd: projectDirectory,
  stdio: "inherit",
});
if (build.status !== 0) process.exit(1);

for (const path of [
  "dist",
  "media",
  "LICENSE",
  "README.md",
  "CHANGELOG.md",
  "THIRD_PARTY_NOTICES.md",
  "package.nls.json",
  "package.nls.ko.json",
])
  cpSync(join(projectDirectory, path), join(stage, path), { recursive: true });
rmSync(join(stage, "dist", "bundles.json"), { force: true });

for (const [name, files] of Object.entries(EXTERNAL)) {
  if (files === null)
    for (const each of closure(name)) ship(each, readdirSync(join(projectDirectory, "node_modules", each)));
  else ship(name, files);
}

const manifest = JSON.parse(readFileSync(join(projectDirectory, "package.json"), "utf8")) as Record<
  string,
  unknown
>;
const kept = Object.fromEntries(
  KEPT_MANIFEST_KEYS.filter(key => key in manifest).map(key => [key, manifest[key]]),
);
writeFileSync(join(stage, "package.json"), JSON.stringify(kept, null, 2));

const file = join(projectDirectory, `papertrace-${manifest.version}-${target}.vsix`);
await createVSIX({
  cwd: stage,
  target,
  packagePath: file,
  dependencies: false,
  allowMissingRepository: true,
  rewriteRelativeLinks: false,
  skipLicense: true,
});
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
console.log(`${file}: ${megabytes(statSync(file).size)} packed, ${megabytes(sizeOf(stage))} unpacked`);

function ship(name: string, files: readonly string[]): void {
  const from = join(projectDirectory, "node_modules", name);
  const to = join(stage, "dist", "node_modules", name);
  for (const file of files) {
    if (!existsSync(join(from, file)))
      throw new Error(`${name} has no ${file}; the list of what is shipped is out of date.`);
    mkdirSync(dirname(join(to, file)), { recursive: true });
    cpSync(join(from, file), join(to, file), {
      recursive: true,
      filter: path => !/\.(map|d\.ts)$/.test(path),
    });
  }
}

/** A package with what it depends on, of what is installed: optional packages of other platforms are not. */
function closure(name: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  const manifest = join(projectDirectory, "node_modules", name, "package.json");
  if (seen.has(name) || !existsSync(manifest)) return seen;
  seen.add(name);
  const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(manifest, "utf8")) as {
    dependencies?: Record<string, string>;
    optionalDependencies?: Record<string, string>;
  };
  for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) closure(needed, seen);
  return seen;
}

function sizeOf(path: string): number {
  if (!statSync(path).isDirectory()) return statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}
