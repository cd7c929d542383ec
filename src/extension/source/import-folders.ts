import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";

/** What is known of where a workspace keeps Python that its files import by name. */
export interface ImportSettings {
  /** Workspace folder of the file; null outside of any. */
  readonly folder: string | null;
  /** `python.analysis.extraPaths`, `python.autoComplete.extraPaths`. */
  readonly extraPaths: readonly string[];
  /** Text of the workspace's `.env`, which the Python extension reads. */
  readonly environmentFile: string | null;
  /** `PYTHONPATH` of the editor's own process. */
  readonly pythonPath: string | undefined;
  /** Separates the folders of a path: ":" or ";". */
  readonly separator: string;
  /** Packages of the selected environment, then those that were got for traces; last. */
  readonly sitePackages: readonly string[];
}

/**
 * Folders in which imports are looked up after the file's own: the workspace, its `src`, what its settings and its `.env`
 * name, and the packages of its environment. Only those that are there.
 */
export function importFolders(settings: ImportSettings): readonly string[] {
  const { folder, separator } = settings;
  const absolute = (path: string) => {
    const named = path.trim().replaceAll(/\$\{workspaceFolder\}|\$\{workspaceRoot\}/g, folder ?? "");
    return isAbsolute(named) ? named : folder === null ? "" : join(folder, named);
  };
  const split = (path: string | undefined) =>
    (path ?? "").split(separator).filter(part => part.trim() !== "");
  const named = /^\s*(?:export\s+)?PYTHONPATH\s*=\s*["']?([^"'\n]*)["']?\s*$/m.exec(
    settings.environmentFile ?? "",
  )?.[1];
  const candidates = [
    ...(folder === null ? [] : [folder, join(folder, "src")]),
    ...[...settings.extraPaths, ...split(named), ...split(settings.pythonPath)].map(absolute),
    ...settings.sitePackages,
  ];
  return [...new Set(candidates)].filter(path => path !== "" && existsSync(path));
}
