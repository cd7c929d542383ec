// Builds Papertrace, makes sure of a model and opens the sample workspace in VS Code with the extension.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { copySample } from "../src/runtime/models/sample.ts";
import { ensureDefaultModel } from "./prerequisites.ts";
import { cacheDirectory, projectDirectory } from "./project.ts";
import { QUIET_WORKBENCH, startVsCodeServer } from "./vscode-server.ts";

const build = spawnSync(process.execPath, ["esbuild.config.mjs"], {
  cwd: projectDirectory,
  stdio: "inherit",
});
if (build.status !== 0) process.exit(build.status ?? 1);

await ensureDefaultModel();
const workspace = join(cacheDirectory, "sample");
const { source } = await copySample(workspace);

if (spawnSync("code", ["--version"], { stdio: "ignore", shell: process.platform === "win32" }).status === 0) {
  console.log(`Opening ${workspace} in VS Code …`);
  spawn("code", [`--extensionDevelopmentPath=${projectDirectory}`, workspace, source], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
} else {
  const server = await startVsCodeServer({
    dataDirectory: join(cacheDirectory, "start"),
    userSettings: QUIET_WORKBENCH,
  });
  console.log(
    `\nVS Code with Papertrace: ${server.url(workspace, { extension: projectDirectory, open: source })}\nCtrl+C ends it.`,
  );
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      server.dispose();
      process.exit(0);
    });
}
