import { parseRequirement, type Requirement } from "./requirement.ts";

/** What a package says of itself, as far as the question before a download needs it. */
export interface PackageAbout {
  readonly summary: string;
  /** As it is stated: an SPDX expression, a name; "" where nothing is. */
  readonly licence: string;
  readonly requirements: readonly Requirement[];
}

/** Fields as both forms of the metadata have them: a METADATA file, and the package index's JSON. */
export interface StatedFields {
  readonly summary?: string | null;
  readonly licenceExpression?: string | null;
  readonly licence?: string | null;
  readonly classifiers?: readonly string[] | null;
  readonly requirements?: readonly string[] | null;
}

/** A name of a licence is one line; what is longer is its text. */
const LONGEST_NAME = 60;

export function aboutOf(fields: StatedFields): PackageAbout {
  const { summary, licenceExpression, licence, classifiers, requirements } = fields;
  const classified = (classifiers ?? [])
    .filter(each => each.startsWith("License ::"))
    .map(each => each.split("::").at(-1)!.trim());
  const named = licence?.trim() ?? "";
  const isName = named !== "" && !named.includes("\n") && named.length <= LONGEST_NAME;
  return {
    summary: summary?.trim() ?? "",
    licence: licenceExpression?.trim() || (isName ? named : classified.join(", ")),
    requirements: (requirements ?? []).flatMap(text => parseRequirement(text) ?? []),
  };
}

/** Reads a METADATA file (core metadata: headers as in an e-mail, then a description that is left out). */
export function parseMetadata(
  text: string,
): PackageAbout & { readonly name: string; readonly version: string } {
  const headers = text.replaceAll("\r\n", "\n").split("\n\n", 1)[0]!;
  const fields = new Map<string, string[]>();
  for (const [, key, value] of headers.matchAll(/^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)) {
    const name = key!.toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), value!]);
  }
  const first = (name: string) => fields.get(name)?.[0] ?? null;
  return {
    name: first("name") ?? "",
    version: first("version") ?? "",
    ...aboutOf({
      summary: first("summary"),
      licenceExpression: first("license-expression"),
      licence: first("license"),
      classifiers: fields.get("classifier"),
      requirements: fields.get("requires-dist"),
    }),
  };
}
