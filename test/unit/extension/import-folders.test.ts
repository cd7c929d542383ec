import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { importFolders } from "../../../src/extension/source/import-folders.ts";

test("imports are looked up in the workspace, its src, its settings, its .env, and the environment, where they are", () => {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-imports-"));
  for (const name of ["src", "libs", "env", "site"]) mkdirSync(join(folder, name));
  const found = importFolders({
    folder,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as settings of VS Code have it
    extraPaths: ["libs", "${workspaceFolder}/src", "missing"],
    environmentFile: 'A=1\nPYTHONPATH="env:/nowhere/at/all"\n',
    pythonPath: undefined,
    separator: ":",
    sitePackages: [join(folder, "site")],
  });
  assert.deepEqual(
    found,
    ["", "src", "libs", "env", "site"].map(name => join(folder, name)).map(path => path.replace(/\/$/, "")),
  );
});
