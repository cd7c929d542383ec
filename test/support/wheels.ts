import { createHash } from "node:crypto";
import { type Answer, json, serve } from "../unit/models/stand-in-hub.ts";
import { writeZip } from "../unit/models/zip-writer.ts";

/** A wheel and what an index says of it. */
export interface Wheel {
  readonly name: string;
  readonly file: string;
  readonly content: Buffer;
  readonly metadata: string;
  /** Replaces or adds to what the index lists; a value of null leaves a field out. */
  readonly listed?: Readonly<Record<string, unknown>>;
}

export interface WheelOptions {
  /** Further lines of METADATA: `Requires-Dist: einx`. */
  readonly headers?: readonly string[];
  /** Python, ABI and platform; by default Python alone. */
  readonly tag?: string;
  readonly listed?: Wheel["listed"];
}

/** A small wheel of a package: its files, and METADATA beside them. */
export function wheel(
  name: string,
  version: string,
  files: Readonly<Record<string, string>>,
  { headers = [], tag = "py3-none-any", listed }: WheelOptions = {},
): Wheel {
  const stem = `${name.replaceAll("-", "_")}-${version}`;
  const metadata = [
    ...["Metadata-Version: 2.4", `Name: ${name}`, `Version: ${version}`, ...headers],
    ...["", "What it is for, at length.", "Requires-Dist: not-a-header"],
  ].join("\n");
  const content = writeZip({ ...files, [`${stem}.dist-info/METADATA`]: metadata });
  return { name, file: `${stem}-${tag}.whl`, content, metadata, ...(listed ? { listed } : {}) };
}

/** What a package index answers that has these wheels, below `/simple/`, with their METADATA beside them (PEP 658, 691). */
export function indexOf(wheels: readonly Wheel[]): Record<string, Answer> {
  const answers: Record<string, Answer> = {};
  for (const name of new Set(wheels.map(each => each.name))) {
    const own = wheels.filter(each => each.name === name);
    const files = own.map(({ file, content, listed }) => {
      const entry = {
        filename: file,
        url: `../../files/${file}#sha256=0`,
        hashes: { sha256: createHash("sha256").update(content).digest("hex") },
        size: content.length,
        "core-metadata": true,
        ...listed,
      };
      return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
    });
    answers[`/simple/${name}/`] = (_, response) =>
      response
        .writeHead(200, { "content-type": "application/vnd.pypi.simple.v1+json" })
        .end(JSON.stringify({ meta: { "api-version": "1.1" }, name, files }));
    for (const { file, content, metadata } of own) {
      answers[`/files/${file}`] = serve(content);
      answers[`/files/${file}.metadata`] = serve(Buffer.from(metadata));
    }
  }
  return answers;
}

/** The index's JSON for the newest release of a package. */
export function jsonPage(info: Readonly<Record<string, unknown>>): Answer {
  return json({ info });
}
