import { existsSync } from "node:fs";
import path from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { ensureTransformers, transformersFolder } from "../../runtime/models/add.ts";
import { userCache } from "../../runtime/models/cache.ts";
import { TRANSFORMERS } from "../../runtime/models/registry.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { agreesToDownload } from "../download-consent.ts";
import { withProgress } from "../progress.ts";
import { settings } from "../settings.ts";
import { sitePackages, transformersAround } from "./transformers-place.ts";

const pythonExtension = "ms-python.python";

/** What is used of the Python extension's interface. https://github.com/microsoft/vscode-python/wiki/Python-Environment-APIs */
const environmentSchema = v.object({
  executable: v.object({ sysPrefix: v.string(), uri: v.optional(v.object({ fsPath: v.string() })) }),
  version: v.object({ major: v.number(), minor: v.number() }),
});
interface PythonExtension {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: { readonly path: string }): Promise<unknown>;
  };
}

/**
 * The folder that contains `transformers/` for a file: the setting's, the one that the file lies in, that of the selected
 * Python environment, or the copy in the cache; null where there is none.
 */
export async function findTransformers(file: string | null): Promise<string | null> {
  const named = vscode.workspace.isTrusted ? settings.transformersPath : null;
  if (named !== null) {
    if (holdsTransformers(named)) return named;
    throw new Error(
      t(
        "The setting papertrace.transformersPath names {0}, which holds no transformers/. Name the folder that contains it, or leave the setting empty.",
        named,
      ),
    );
  }
  const around = file === null ? null : transformersAround(file, path);
  if (around !== null && holdsTransformers(around)) return around;
  const packages = await activeSitePackages(file === null ? undefined : vscode.Uri.file(file));
  const cached = transformersFolder(userCache());
  return [...packages, cached].find(holdsTransformers) ?? null;
}

/** Asks, then unpacks the pinned release into the cache. Null if the reader turned away. */
export async function getTransformers(): Promise<string | null> {
  const { version, wheel } = TRANSFORMERS;
  const detail = t(
    "{0} are downloaded from pypi.org and unpacked on this machine. Only its Python source is read; nothing is installed.",
    fileSize(wheel.bytes),
  );
  if (!(await agreesToDownload(t("Get the source of transformers {0}?", version), detail))) return null;
  const folder = await withProgress(t("Getting transformers {0}", version), (onProgress, signal) =>
    ensureTransformers({ onProgress, signal }),
  );
  return folder ?? null;
}

function holdsTransformers(folder: string): boolean {
  return existsSync(path.join(folder, "transformers", "__init__.py"));
}

/** Where the selected Python environment keeps its packages; empty where none is known. */
export async function activeSitePackages(resource: vscode.Uri | undefined): Promise<readonly string[]> {
  const environment = await activeEnvironment(resource);
  if (environment === null) return [];
  const { executable, version } = environment;
  return sitePackages(
    { prefix: executable.sysPrefix, major: version.major, minor: version.minor },
    process.platform === "win32" ? path.win32 : path.posix,
  );
}

/** The interpreter that the Python extension has selected; null where none is known. */
export async function activeInterpreter(resource: vscode.Uri): Promise<string | null> {
  return (await activeEnvironment(resource))?.executable.uri?.fsPath ?? null;
}

async function activeEnvironment(
  resource: vscode.Uri | undefined,
): Promise<v.InferOutput<typeof environmentSchema> | null> {
  const extension = vscode.extensions.getExtension<PythonExtension>(pythonExtension);
  // An extension that is not running yet is not started for this.
  if (!extension?.isActive) return null;
  const api = extension.exports.environments;
  if (!api) return null;
  const resolved = v.safeParse(
    environmentSchema,
    await api.resolveEnvironment(api.getActiveEnvironmentPath(resource)),
  );
  return resolved.success ? resolved.output : null;
}
