import { execFileSync, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheDirectory } from "./project.ts";

/** The release of VS Code that the tests run in. */
export const VSCODE_RELEASE = "1.139.1";

/** npm's code-server carries that release's server and workbench, and counts as it does, from 4. */
const CODE_SERVER = `code-server@${VSCODE_RELEASE.replace("1.", "4.")}`;

/** A window with nothing in it but the editor and the workspace. */
export const QUIET_WORKBENCH = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
} as const;

/** What runs where no desktop VS Code can be had: the VS Code server, opened in a browser. */
export interface VsCodeServer {
  readonly origin: string;
  readonly processId: number;
  readonly port: number;
  /** Address of a window on `folder`, with the extension under development where it is given. */
  url(folder: string, options?: { extension?: string; open?: string }): string;
  dispose(): void;
  /** Ends it, and waits until it has ended. */
  end(): Promise<void>;
}

/** Installs the server into the cache once and returns the path of its entry. */
export function ensureVsCodeServer(log: (line: string) => void = console.error): string {
  const root = join(cacheDirectory, "vscode-server");
  const vscode = join(root, "node_modules", "code-server", "lib", "vscode");
  const done = join(root, `installed-${CODE_SERVER}`);
  if (!existsSync(done)) {
    log(`Installing the VS Code server (${CODE_SERVER}) into ${root} …`);
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "package.json"), JSON.stringify({ private: true }));
    npm(root, ["install", "--ignore-scripts", "--no-audit", "--no-fund", CODE_SERVER]);
    npm(vscode, ["install", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]);
    npm(vscode, ["rebuild", "@vscode/spdlog", "@vscode/native-watchdog"]);
    writeFileSync(done, "");
  }
  return join(vscode, "out", "server-main.js");
}

function npm(directory: string, args: readonly string[]): void {
  try {
    execFileSync("npm", args, { cwd: directory, stdio: ["ignore", "ignore", "inherit"] });
  } catch {
    throw new Error(
      `“npm ${args.join(" ")}” failed in ${directory}; see above. It needs npm's registry and, to compile, g++, make and Node's headers.`,
    );
  }
}

/**
 * Starts the server. `dataDirectory` holds its settings and state: those of this start alone, or of one before.
 *
 * @param options.port where a window finds what it kept at an earlier start; a free local port if it is left out.
 */
export async function startVsCodeServer(options: {
  dataDirectory: string;
  extensionsDirectory?: string;
  /** Off in tests that are not about trust: a window in Restricted Mode runs no workspace code. */
  workspaceTrust?: boolean;
  userSettings?: Readonly<Record<string, unknown>>;
  environment?: Readonly<Record<string, string>>;
  port?: number;
}): Promise<VsCodeServer> {
  const entry = ensureVsCodeServer();
  const port = options.port ?? (await freePort());
  // Whoever else is on this machine must not get a shell through the server.
  const token = randomUUID();
  const extensions = options.extensionsDirectory ?? join(options.dataDirectory, "extensions");
  const machine = join(options.dataDirectory, "data", "Machine");
  mkdirSync(machine, { recursive: true });
  mkdirSync(extensions, { recursive: true });
  writeFileSync(join(machine, "settings.json"), JSON.stringify(options.userSettings ?? {}));
  const server = spawn(
    process.execPath,
    [
      entry,
      ...["--host", "127.0.0.1", "--port", String(port), "--connection-token", token],
      ...["--accept-server-license-terms", "--disable-telemetry", "--enable-smoke-test-driver"],
      ...(options.workspaceTrust ? [] : ["--disable-workspace-trust"]),
      ...["--server-data-dir", options.dataDirectory, "--extensions-dir", extensions],
    ],
    { stdio: "ignore", env: { ...process.env, ...options.environment } },
  );
  const origin = `http://127.0.0.1:${port}`;
  await answer(origin, server);
  return {
    origin,
    processId: server.pid!,
    port,
    url(folder, { extension, open } = {}) {
      const payload: [string, string][] = [["skipWelcome", "true"]];
      if (extension) payload.push(["extensionDevelopmentPath", `vscode-remote://remote${extension}`]);
      if (open) payload.push(["openFile", `vscode-remote://remote${open}`]);
      return `${origin}/?tkn=${token}&folder=${encodeURI(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    },
    dispose() {
      server.kill();
    },
    async end() {
      const ended = once(server, "exit");
      server.kill();
      await ended;
    },
  };
}

async function answer(origin: string, server: ReturnType<typeof spawn>): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (server.exitCode !== null) throw new Error(`The VS Code server ended with code ${server.exitCode}.`);
    try {
      await fetch(origin);
      return;
    } catch {
      await delay(250);
    }
  }
  server.kill();
  throw new Error("The VS Code server did not answer within 60 s.");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
