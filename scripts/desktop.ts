import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { downloadAndUnzipVSCode } from "@vscode/test-electron";
import { _electron, type ElectronApplication, type Page } from "playwright-core";
import { cacheDirectory, projectDirectory } from "./project.ts";
import { QUIET_WORKBENCH, VSCODE_RELEASE } from "./vscode-server.ts";

export interface DesktopOptions {
  /** Workspace folder that is opened. */
  readonly folder: string;
  /** Folder with installed extensions; without it the checkout itself is run as the extension under development. */
  readonly extensionsDirectory?: string;
  readonly workspaceTrust?: boolean;
  readonly userSettings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Display language of the window; other languages than "en" need their language pack among the extensions. */
  readonly locale?: string;
}

/** What serves where the desktop cannot be had. */
const INSTEAD = "Or use the VS Code server in a browser: unset PAPERTRACE_EDITOR.";

/** Dialogs that a page can reach, and nothing of an earlier start. */
const DESKTOP_SETTINGS = {
  "window.dialogStyle": "custom",
  "window.restoreWindows": "none",
  "update.mode": "none",
  "telemetry.telemetryLevel": "off",
} as const;

/** A window of desktop VS Code. */
export interface Desktop {
  readonly page: Page;
  /** Of the application; everything that the extension starts descends from it. */
  readonly processId: number;
  /** Closes the window and deletes its settings and state. */
  dispose(): Promise<void>;
}

/**
 * Opens a folder in desktop VS Code, of the release that `startVsCodeServer` serves to a browser. Downloaded once, into the
 * cache, by @vscode/test-electron (https://code.visualstudio.com/api/working-with-extensions/testing-extension).
 * @throws Error that says what could not be had, and why, where the release cannot be downloaded or shows no window.
 */
export async function openDesktop(options: DesktopOptions): Promise<Desktop> {
  requireDisplay({ ...process.env, ...options.environment });
  const executable = await ensureDesktop();
  const data = mkdtempSync(join(tmpdir(), "papertrace-desktop-"));
  const discard = () => rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  mkdirSync(join(data, "User"));
  const settings = { ...QUIET_WORKBENCH, ...DESKTOP_SETTINGS, ...options.userSettings };
  writeFileSync(join(data, "User", "settings.json"), JSON.stringify(settings));
  let application: ElectronApplication | null = null;
  try {
    application = await launch(executable, launchArguments(options, data), environmentOf(options));
    const page = await application.firstWindow({ timeout: 60_000 });
    await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    const { pid } = application.process();
    const dispose = async () => {
      await application?.close();
      discard();
    };
    return { page, processId: pid!, dispose };
  } catch (error) {
    await application?.close();
    discard();
    throw new Error(`VS Code ${VSCODE_RELEASE} showed no window: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function requireDisplay({ DISPLAY, WAYLAND_DISPLAY }: NodeJS.ProcessEnv): void {
  if (process.platform !== "linux" || DISPLAY || WAYLAND_DISPLAY) return;
  throw new Error(`Desktop VS Code needs a display, and there is none. Run this under xvfb-run. ${INSTEAD}`);
}

/** Starts the application. Where it ends at once, playwright rejects more promises than the one that it hands out. */
async function launch(
  executablePath: string,
  args: string[],
  env: Record<string, string>,
): Promise<ElectronApplication> {
  const onRejection = (error: unknown) => {
    if (!messageOf(error).includes("Process failed to launch")) throw error;
  };
  process.on("unhandledRejection", onRejection);
  try {
    return await _electron.launch({ executablePath, args, env });
  } finally {
    await setImmediate();
    process.off("unhandledRejection", onRejection);
  }
}

/** Path of the release's executable, downloaded where it is not there yet. */
async function ensureDesktop(): Promise<string> {
  const cachePath = join(cacheDirectory, "vscode-desktop");
  mkdirSync(cachePath, { recursive: true });
  try {
    return await downloadAndUnzipVSCode({ version: VSCODE_RELEASE, cachePath });
  } catch (error) {
    throw new Error(
      `VS Code ${VSCODE_RELEASE} could not be downloaded from update.code.visualstudio.com into ${cachePath}: ${messageOf(error)}. ${INSTEAD}`,
      { cause: error },
    );
  }
}

function launchArguments(options: DesktopOptions, data: string): string[] {
  const extensions = options.extensionsDirectory ?? join(data, "extensions");
  return [
    ...["--user-data-dir", data, "--extensions-dir", extensions],
    ...(options.extensionsDirectory ? [] : [`--extensionDevelopmentPath=${projectDirectory}`]),
    ...(options.workspaceTrust ? [] : ["--disable-workspace-trust"]),
    ...["--skip-welcome", "--skip-release-notes", "--disable-updates", "--disable-telemetry"],
    ...["--locale", options.locale ?? "en"],
    // A container runs as root and has no GPU.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-gpu",
    options.folder,
  ];
}

/** Without what a VS Code that this runs inside of would hand on to the new one. */
function environmentOf({ environment }: DesktopOptions): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[0] !== "ELECTRON_RUN_AS_NODE" && !entry[0].startsWith("VSCODE_"),
  );
  return { ...Object.fromEntries(inherited), ...environment };
}

/** test-electron throws strings as well as errors. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
