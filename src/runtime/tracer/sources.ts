import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";

/** Text of the sources that Python imports: unsaved text first, then the disk. Only Python files are given out. */
export class Sources {
  readonly #hashes = new Map<string, { readonly stamp: string; readonly sha256: string }>();
  #overlay: ReadonlyMap<string, string> = new Map();

  /** Unsaved text of the next trace, by absolute path. */
  setOverlay(overlay: Readonly<Record<string, string>>): void {
    this.#overlay = new Map(Object.entries(overlay).map(([path, text]) => [withSlashes(path), text]));
  }

  read(path: string): string | undefined {
    const unsaved = this.#overlay.get(path);
    if (unsaved !== undefined) return unsaved;
    return isPython(path) ? attempt(() => readFileSync(path, "utf8")) : undefined;
  }

  /** Hash of the text that `read` gives; files are read again only when they have changed. */
  sha256(path: string): string | undefined {
    const unsaved = this.#overlay.get(path);
    if (unsaved !== undefined) return hash(unsaved);
    if (!isPython(path)) return undefined;
    return attempt(() => {
      const status = statSync(path, { bigint: true, throwIfNoEntry: false });
      if (!status?.isFile()) return undefined;
      const stamp = `${status.mtimeNs} ${status.size} ${status.ino}`;
      const known = this.#hashes.get(path);
      if (known?.stamp === stamp) return known.sha256;
      const sha256 = hash(readFileSync(path));
      this.#hashes.set(path, { stamp, sha256 });
      return sha256;
    });
  }

  isDirectory(path: string): boolean {
    return attempt(() => statSync(path, { throwIfNoEntry: false })?.isDirectory()) ?? false;
  }

  /** Names, one a line. */
  listDirectory(path: string): string {
    return attempt(() => readdirSync(path).join("\n")) ?? "";
  }
}

/** Python has forward slashes on every platform. */
export function withSlashes(path: string): string {
  return path.replaceAll("\\", "/");
}

function isPython(path: string): boolean {
  return path.endsWith(".py");
}

function hash(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** What lies outside the folders that this process may read does not exist for it. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
