import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** A file known by its content: SHA-256, or the name that git gives it, both lower-case hexadecimal. */
export type KnownFile = { readonly name: string; readonly bytes: number } & (
  | { readonly sha256: string }
  | { readonly gitSha1: string }
);

/** A hash in words and numbers: what `KnownFile` states, in one form. */
export interface StatedDigest {
  /** As it is called in messages. */
  readonly label: string;
  readonly value: string;
}

export function statedDigest(file: KnownFile): StatedDigest {
  return "sha256" in file
    ? { label: "SHA-256", value: file.sha256 }
    : { label: "git SHA-1", value: file.gitSha1 };
}

/** A hash of that kind over nothing yet. A git blob is hashed with its length before it. */
export function beginDigest(file: KnownFile): Hash {
  return "sha256" in file ? createHash("sha256") : createHash("sha1").update(`blob ${file.bytes}\0`);
}

/** The digest, of the kind that `file` states, of what lies at `path`. */
export async function digestOf(path: string, file: KnownFile, signal?: AbortSignal): Promise<string> {
  return (await updateFromFile(beginDigest(file), path, signal)).digest("hex");
}

export async function updateFromFile(hash: Hash, path: string, signal?: AbortSignal): Promise<Hash> {
  for await (const chunk of createReadStream(path, { signal, highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash;
}
