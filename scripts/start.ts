// Builds Papertrace, makes sure of a model and opens the sample workspace in VS Code with the extension.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { ensureDefaultModel } from "./prerequisites.ts";
import { cacheDirectory, projectDirectory } from "./project.ts";
import { startVsCodeServer } from "./vscode-server.ts";

const build = spawnSync(process.execPath, ["esbuild.config.mjs"], {
  cwd: projectDirectory,
  stdio: "inherit",
});
if (build.status !== 0) process.exit(build.status ?? 1);

await ensureDefaultModel();
const workspace = sampleWorkspace();

if (spawnSync("code", ["--version"], { stdio: "ignore", shell: process.platform === "win32" }).status === 0) {
  console.log(`Opening ${workspace} in VS Code …`);
  spawn("code", [`--extensionDevelopmentPath=${projectDirectory}`, workspace], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
} else {
  const server = await startVsCodeServer({
    dataDirectory: join(cacheDirectory, "start"),
    userSettings: { "workbench.startupEditor": "none" },
  });
  console.log(
    `\nVS Code with Papertrace: ${server.url(workspace, { extension: projectDirectory })}\nCtrl+C ends it.`,
  );
  process.on("SIGINT", () => {
    server.dispose();
    process.exit(0);
  });
}

/** A copy of the sample that the reader may edit; what they changed stays. */
function sampleWorkspace(): string {
  const folder = join(cacheDirectory, "sample");
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  cpSync(join(projectDirectory, "media", "sample"), folder, { recursive: true });
  cpSync(join(projectDirectory, "media", "sources", "llama.py"), join(folder, "llama.py"));
  return folder;
}
