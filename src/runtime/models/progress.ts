import { t } from "../../shared/l10n.ts";
import type { Cache, Environment } from "./cache.ts";
import type { DescribeCheckpoint } from "./checkpoint.ts";
import type { PinnedFile } from "./registry.ts";
import type { Repack } from "./repack.ts";

export interface AddProgress {
  /** What is being done, in words: "Downloading …". */
  readonly message: string;
  /** Of this step; null where it cannot be told. */
  readonly fraction: number | null;
}

export interface AddOptions {
  readonly cache?: Cache;
  readonly environment?: Environment;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AddProgress) => void;
  /** Who reads folders of checkpoints; by default this process. */
  readonly describe?: DescribeCheckpoint;
  /** Who repacks GGUF files; by default this process. */
  readonly repack?: Repack;
}

/** Reports a step's progress, at most once per thousandth. */
export function progressOf({ onProgress }: AddOptions, message: string): (fraction: number) => void {
  let reported = -1;
  return fraction => {
    if (fraction - reported < 0.001 && fraction < 1) return;
    reported = fraction;
    onProgress?.({ message, fraction });
  };
}

export function bytesOf(options: AddOptions, file: PinnedFile): (received: number) => void {
  const onFraction = progressOf(options, t("Downloading {0}", file.name));
  return received => onFraction(received / file.bytes);
}

export function waiting({ onProgress }: AddOptions): () => void {
  const message = t("Waiting for another window of Papertrace");
  return () => onProgress?.({ message, fraction: null });
}

/** A line for every step and every tenth of it, so that a log stays readable. */
export function progressLines(write: (line: string) => void): (progress: AddProgress) => void {
  let shown = "";
  return ({ message, fraction }) => {
    const line = fraction === null ? message : `${message}: ${Math.floor(fraction * 10) * 10} %`;
    if (line === shown) return;
    shown = line;
    write(line);
  };
}
