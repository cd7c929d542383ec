import * as vscode from "vscode";
import {
  type InstalledPackage,
  installPackage,
  listPackages,
  removePackage,
} from "../../runtime/packages/installed.ts";
import type { PackageRelease } from "../../runtime/packages/releases.ts";
import { Disposable } from "../disposable.ts";
import type { Step } from "../progress.ts";

/** The Python packages that were got for traces. */
export class PackageLibrary extends Disposable {
  readonly #changed = this.register(new vscode.EventEmitter<void>());
  /** One came or went: what lacked it may trace now. */
  readonly onDidChange = this.#changed.event;

  list(): Promise<readonly InstalledPackage[]> {
    return listPackages();
  }

  async add(
    releases: readonly PackageRelease[],
    onProgress: (step: Step) => void,
    signal: AbortSignal,
  ): Promise<readonly InstalledPackage[]> {
    const installed: InstalledPackage[] = [];
    try {
      for (const release of releases) installed.push(await installPackage(release, { onProgress, signal }));
    } finally {
      if (installed.length > 0) this.#changed.fire();
    }
    return installed;
  }

  async remove(name: string): Promise<void> {
    await removePackage(name);
    this.#changed.fire();
  }
}
