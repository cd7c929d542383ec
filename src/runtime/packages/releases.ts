import { compare, explain } from "@renovatebot/pep440";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import { DownloadError } from "../models/connection.ts";
import { type IndexedFile, normalName, type PackageIndex } from "../models/package-index.ts";
import type { PinnedFile } from "../models/registry.ts";
import { aboutOf, type PackageAbout, parseMetadata } from "./core-metadata.ts";
import { PYTHON, pureRelease } from "./interpreter.ts";
import { allows } from "./release-version.ts";

/** A release of a package that can be got. */
export interface PackageRelease {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  readonly wheel: PinnedFile;
  readonly url: string;
  /** What it says of itself; null where the index does not say it before the wheel is here. */
  readonly about: PackageAbout | null;
}

/** A package that cannot be got, with the reason and the next step in words. */
export class PackageRefusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = "PackageRefusal";
  }
}

/**
 * The newest release of a package that is Python alone, fits the interpreter and is among those that a specifier allows; one
 * that came before its release only where there is no other.
 * @throws PackageRefusal that says what there is instead; DownloadError where the index cannot be asked.
 */
export async function newestPure(
  index: PackageIndex,
  name: string,
  specifier: string,
  signal?: AbortSignal,
): Promise<PackageRelease> {
  const files = await listed(index, name, signal);
  const pure = files.flatMap(file => {
    const release = pureRelease(file.name, normalName(name));
    return release !== null && allows("", release) ? [{ file, release }] : [];
  });
  const fitting = pure.filter(
    ({ file, release }) =>
      !file.isYanked && allows(file.requiresPython ?? "", PYTHON) && allows(specifier, release),
  );
  const released = fitting.filter(({ release }) => explain(release)?.is_prerelease === false);
  const [newest] = (released.length > 0 ? released : fitting).toSorted((a, b) =>
    compare(b.release, a.release),
  );
  if (newest === undefined) throw new PackageRefusal(whyNone(index, name, specifier, files, pure.length > 0));
  const { file, release } = newest;
  if (file.sha256 === null)
    throw new PackageRefusal(
      t(
        "{0} states no SHA-256 of {1}, so that it could not be checked: nothing is downloaded.",
        index.host,
        file.name,
      ),
    );
  const bytes = file.bytes ?? (await sizeOf(index, file, signal));
  const wheel = { name: file.name, bytes, sha256: file.sha256.toLowerCase() };
  const about = await readAbout(index, name, release, file, signal);
  return { name: normalName(name), version: release, wheel, url: file.url, about };
}

async function listed(
  index: PackageIndex,
  name: string,
  signal?: AbortSignal,
): Promise<readonly IndexedFile[]> {
  try {
    return await index.files(name, signal);
  } catch (error) {
    if (!(error instanceof DownloadError) || error.status !== 404) throw error;
    throw new PackageRefusal(t("{0} has no package {1}. Give its name as pip takes it.", index.host, name));
  }
}

function whyNone(
  index: PackageIndex,
  name: string,
  specifier: string,
  files: readonly IndexedFile[],
  hasPure: boolean,
): string {
  if (hasPure && specifier !== "")
    return t("{0} has no release {1} of {2} for Python {3}.", index.host, specifier, name, PYTHON);
  if (hasPure)
    return t(
      "{0} has no release of {1} for Python {2}, in which sources are traced.",
      index.host,
      name,
      PYTHON,
    );
  if (files.some(file => file.name.endsWith(".whl")))
    return t(
      "{0} has compiled code in every release of {1}, and a trace runs Python alone. Replace what needs it or, if it is made for PyTorch, select a Python environment that holds it.",
      index.host,
      name,
    );
  return t(
    "{0} has {1} only as an archive that has to be built, not as a wheel. Install it into a Python environment and select that.",
    index.host,
    name,
  );
}

/** Of a file whose size its index does not say. */
async function sizeOf(index: PackageIndex, file: IndexedFile, signal?: AbortSignal): Promise<number> {
  const stated = await index.read(
    file.url,
    "*/*",
    signal,
    async response => response.headers.get("content-length"),
    "HEAD",
  );
  const bytes = Number(stated);
  if (stated === null || !Number.isSafeInteger(bytes))
    throw new PackageRefusal(
      t("{0} does not say how large {1} is: nothing is downloaded.", index.host, file.name),
    );
  return bytes;
}

const jsonSchema = v.object({
  info: v.object({
    version: v.string(),
    summary: v.nullish(v.string()),
    license: v.nullish(v.string()),
    license_expression: v.nullish(v.string()),
    classifiers: v.nullish(v.array(v.string())),
    requires_dist: v.nullish(v.array(v.string())),
  }),
});

/** What a release says of itself, from its METADATA or the index's JSON, whichever there is. */
async function readAbout(
  index: PackageIndex,
  name: string,
  release: string,
  file: IndexedFile,
  signal?: AbortSignal,
): Promise<PackageAbout | null> {
  if (file.hasMetadata) {
    const url = new URL(file.url);
    url.pathname += ".metadata";
    url.hash = "";
    return parseMetadata(await index.read(url.href, "*/*", signal, response => response.text()));
  }
  // https://docs.pypi.org/api/json/
  const page = new URL(`../pypi/${normalName(name)}/json`, `${index.address}/`).href;
  try {
    const text = await index.read(page, "application/json", signal, response => response.json());
    const { info } = v.parse(jsonSchema, text);
    if (info.version !== release) return null;
    return aboutOf({
      summary: info.summary,
      licenceExpression: info.license_expression,
      licence: info.license,
      classifiers: info.classifiers,
      requirements: info.requires_dist,
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof DownloadError || v.isValiError(error)) return null;
    throw error;
  }
}
