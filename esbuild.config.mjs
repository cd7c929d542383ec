// Bundles each process of Papertrace on its own. Types are checked apart, by `npm run check`.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const production = process.argv.includes("--production");
const outdir =
  process.argv.find(argument => argument.startsWith("--outdir="))?.slice("--outdir=".length) ?? "dist";

const common = {
  bundle: true,
  outdir,
  sourcemap: production ? false : "linked",
  minify: production,
  metafile: true,
  logLevel: "warning",
  legalComments: "none",
};

/** Node processes. Native and WebAssembly packages stay outside: they load files of their own by path. */
const node = {
  ...common,
  platform: "node",
  target: "node20",
  format: "esm",
  external: ["onnxruntime-node", "@huggingface/transformers", "pyodide", "pdfjs-dist"],
  // CommonJS dependencies inside an ES module bundle still call require.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
};

const webview = {
  ...common,
  platform: "browser",
  target: "chrome130",
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  // The icons in pdf.js' stylesheet belong to tools that the reader does not have.
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty", ".svg": "empty", ".gif": "empty" },
  assetNames: "assets/[name]-[hash]",
};

const targets = {
  extension: {
    ...common,
    entryPoints: { extension: "src/extension/extension.ts" },
    platform: "node",
    target: "node22",
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    external: ["vscode"],
    define: { "import.meta.url": "__importMetaUrl" },
    banner: { js: 'const __importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  },
  cli: {
    ...node,
    entryPoints: { cli: "src/runtime/cli.ts" },
    banner: { js: `#!/usr/bin/env node\n${node.banner.js}` },
  },
  tracer: { ...node, entryPoints: { tracer: "src/runtime/tracer/child.ts" } },
  session: { ...node, entryPoints: { session: "src/runtime/session/child.ts" } },
  recogniser: { ...node, entryPoints: { recogniser: "src/runtime/recogniser/thread.ts" } },
  paperIndex: { ...node, entryPoints: { "paper-index": "src/runtime/paper/child.ts" } },
  checkpointReader: { ...node, entryPoints: { "checkpoint-reader": "src/runtime/checkpoint/child.ts" } },
  checkpoint: { ...webview, entryPoints: { checkpoint: "src/webviews/checkpoint/main.tsx" } },
  component: { ...webview, entryPoints: { component: "src/webviews/component/main.tsx" } },
  paper: { ...webview, entryPoints: { paper: "src/webviews/paper/main.tsx" } },
};

rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
const inputs = {};
await Promise.all(
  Object.entries(targets).map(async ([name, options]) => {
    const result = await build(options);
    inputs[name] = Object.keys(result.metafile.inputs);
  }),
);
// What pdf.js loads by address: its worker, character maps, fonts and decoders, but not what would run a file's scripts.
for (const path of [
  "package.json",
  "LICENSE",
  "build/pdf.worker.min.mjs",
  "cmaps",
  "standard_fonts",
  "wasm",
  "iccs",
])
  cpSync(`node_modules/pdfjs-dist/${path}`, `dist/node_modules/pdfjs-dist/${path}`, {
    recursive: true,
    filter: file => !/quickjs/i.test(file),
  });
for (const path of ["pdf.mjs", "pdf.worker.mjs"])
  cpSync(`node_modules/pdfjs-dist/legacy/build/${path}`, `dist/node_modules/pdfjs-dist/legacy/build/${path}`);
// Of its pictures, the signs of annotations.
cpSync("node_modules/pdfjs-dist/web/images", "dist/node_modules/pdfjs-dist/web/images", {
  recursive: true,
  filter: path => !path.endsWith(".svg") || path.includes("annotation-"),
});
cpSync("src/runtime/tracer/python", `${outdir}/python`, {
  recursive: true,
  filter: path => !path.includes("__pycache__"),
});
cpSync("src/runtime/compare/python", `${outdir}/pytorch`, {
  recursive: true,
  filter: path => !path.includes("__pycache__"),
});
// What each bundle holds, for the layer check.
writeFileSync(`${outdir}/bundles.json`, JSON.stringify(inputs));
