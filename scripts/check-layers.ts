// Dependencies point downwards only, and the extension host's bundle stays free of what must run elsewhere.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectDirectory } from "./project.ts";

/** What each top folder of src may import: other folders of src, and packages by pattern. */
const LAYERS: Record<string, { folders: readonly string[]; packages: RegExp }> = {
  shared: { folders: [], packages: /^(valibot|birpc|approx-string-match|@lezer\/)/ },
  runtime: {
    folders: ["shared"],
    packages:
      /^(node:|https?$|valibot|birpc|protobufjs|onnxruntime-node|pyodide|pdfjs-dist|yauzl|proper-lockfile|@renovatebot\/pep440|@huggingface\/)/,
  },
  extension: { folders: ["shared", "runtime"], packages: /^(node:|vscode$|valibot)/ },
  webviews: {
    folders: ["shared"],
    packages: /^(valibot|preact|@preact\/|katex|pdfjs-dist|d3-|@vscode\/webview-ui-toolkit)/,
  },
};

/** Packages that the extension host must never load. */
const FOREIGN_TO_HOST =
  /node_modules\/(onnxruntime-node|onnxruntime-common|pyodide|@huggingface\/transformers)\//;

/** Static imports and exports at the start of a line, and dynamic imports of a literal. */
const IMPORT = /(?:^(?:import|export)\b[^"'`]*?\bfrom\s+|^import\s+|\bimport\()"([^"]+)"/gm;

const problems: string[] = [];

for (const file of globSync("src/**/*.{ts,tsx}", { cwd: projectDirectory })) {
  const layer = file.split("/")[1]!;
  const rule = LAYERS[layer];
  if (!rule) {
    problems.push(`${file}: src/${layer} is not a layer`);
    continue;
  }
  const text = readFileSync(join(projectDirectory, file), "utf8");
  for (const [, specifier] of text.matchAll(IMPORT)) {
    if (!specifier) continue;
    if (specifier.startsWith(".")) {
      const target = relative(projectDirectory, join(projectDirectory, dirname(file), specifier));
      const [top, folder] = target.split("/");
      if (top === "src" && folder !== layer && !rule.folders.includes(folder!))
        problems.push(`${file}: src/${layer} may not import src/${folder} (${specifier})`);
    } else if (!rule.packages.test(specifier)) {
      problems.push(`${file}: src/${layer} may not import ${specifier}`);
    }
  }
  if (
    layer !== "webviews" &&
    /\b(document|window)\.(querySelector|getElementById|createElement|body)\b/.test(text)
  )
    problems.push(`${file}: only src/webviews touches the DOM`);
}

const bundles = join(projectDirectory, "dist", "bundles.json");
if (existsSync(bundles)) {
  const { extension = [] } = JSON.parse(readFileSync(bundles, "utf8")) as Record<string, string[]>;
  for (const input of extension)
    if (FOREIGN_TO_HOST.test(input)) problems.push(`dist/extension.cjs holds ${input}`);
}

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log("layers: in order");
