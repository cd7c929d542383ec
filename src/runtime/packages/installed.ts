import { existsSync, readdirSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { downloadWheel } from "../models/add.ts";
import { type Cache, userCache, withCacheLock } from "../models/cache.ts";
import { requireSpace } from "../models/disk-space.ts";
import { discardDownload } from "../models/download.ts";
import { normalName, PackageIndex } from "../models/package-index.ts";
import { type AddOptions, progressOf, waiting } from "../models/progress.ts";
import { replaceFolder } from "../models/replace-folder.ts";
import { unpackWheel } from "../models/wheel.ts";
import { type PackageAbout, parseMetadata } from "./core-metadata.ts";
import { PackageRefusal, type PackageRelease } from "./releases.ts";

/** A package in the cache. */
export interface InstalledPackage {
  /** Normalised. */
  readonly name: string;
  readonly version: string;
  /** Imports are looked up in it. */
  readonly folder: string;
  readonly about: PackageAbout;
  readonly bytes: number;
}

/** What a wheel may weigh, and what of it is unpacked at most. */
const MOST_WHEEL_BYTES = 200e6;
const MOST = { files: 20_000, bytes: 200e6 } as const;

const COMPILED = /\.(so|pyd|dylib|dll)$|\.so\.\d/;

/**
 * Downloads the wheel of a release, checks it by the SHA-256 that the index states and unpacks its Python files and what it
 * says of itself into a folder of its own. Another release of the package goes. Nothing stays where it was broken off.
 * @throws Error naming the reason; the signal's reason where it was cancelled.
 */
export async function installPackage(
  { name, version, wheel, url }: PackageRelease,
  options: AddOptions = {},
): Promise<InstalledPackage> {
  const { cache = userCache(options.environment), signal } = options;
  if (wheel.bytes > MOST_WHEEL_BYTES)
    throw new PackageRefusal(t("{0} is too large for a package of Python alone.", wheel.name));
  const folder = join(cache.packages, `${name}-${version}`);
  const work = async (): Promise<InstalledPackage> => {
    await requireSpace(cache.root, 6 * wheel.bytes);
    try {
      const file = await downloadWheel(url, wheel, new PackageIndex(options.environment), cache, options);
      const onFraction = progressOf(options, t("Unpacking {0}", wheel.name));
      const fill = async (unfinished: string): Promise<void> => {
        await unpackWheel(file, unfinished, path => placeOf(path, wheel.name), {
          signal,
          most: MOST,
          onBytes: written => onFraction(Math.min(1, written / (4 * wheel.bytes))),
        });
        if ((await describe(unfinished))?.name !== name)
          throw new Error(t("{0} holds no {1}.", wheel.name, `${name}-*.dist-info/METADATA`));
      };
      await replaceFolder(folder, () => 5 * wheel.bytes, fill);
    } finally {
      await discardDownload(wheel, cache.downloads);
    }
    for (const other of await listPackages(cache))
      if (other.name === name && other.folder !== folder) await rm(other.folder, { recursive: true });
    return (await describe(folder))!;
  };
  return withCacheLock(cache, `package-${name}`, work, { signal, onWait: waiting(options) });
}

/** The packages in the cache, by name. */
export async function listPackages(cache: Cache = userCache()): Promise<readonly InstalledPackage[]> {
  const found = await Promise.all(packageFolders(cache).map(describe));
  return found.filter(each => each !== null).sort((a, b) => a.name.localeCompare(b.name));
}

/** Their folders, in which imports are looked up. */
export function packageFolders(cache: Cache = userCache()): readonly string[] {
  if (!existsSync(cache.packages)) return [];
  return readdirSync(cache.packages)
    .filter(name => !name.startsWith("."))
    .sort()
    .map(name => join(cache.packages, name));
}

/** @throws Error where it is not there. */
export async function removePackage(name: string, cache: Cache = userCache()): Promise<InstalledPackage> {
  const packages = await listPackages(cache);
  const found = packages.find(each => each.name === normalName(name));
  if (found === undefined) {
    const names = packages.map(each => each.name).join(", ");
    throw new Error(t("There is no package {0} to remove. There are: {1}.", name, names || "-"));
  }
  await withCacheLock(cache, `package-${found.name}`, () => rm(found.folder, { recursive: true }));
  return found;
}

/** Whether one of the folders in which imports are looked up holds a package, by its normalised name. */
export function isPresentIn(folders: readonly string[]): (name: string) => boolean {
  const entries = folders.flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []));
  const names = new Set(entries.map(entry => normalName(entry.replace(/-[^-]+\.dist-info$|\.py$/, ""))));
  return name => names.has(name);
}

/** Where a file of a wheel goes; what no trace reads is left out. */
function placeOf(path: string, wheel: string): string | null {
  if (COMPILED.test(path)) throw new Error(t("{0} holds compiled code: {1}", wheel, path));
  // Files for the folder of packages may lie in a folder of data instead (binary distribution format).
  const place = path.replace(/^[^/]+\.data\/(?:purelib|platlib)\//, "");
  return place.endsWith(".py") || /^[^/]+\.dist-info\//.test(place) ? place : null;
}

async function describe(folder: string): Promise<InstalledPackage | null> {
  const entries = await readdir(folder).catch(() => []);
  const info = entries.find(entry => entry.endsWith(".dist-info"));
  const text = info && (await readFile(join(folder, info, "METADATA"), "utf8").catch(() => null));
  if (!text) return null;
  const { name, version, ...about } = parseMetadata(text);
  return { name: normalName(name), version, folder, about, bytes: await bytesOf(folder) };
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile());
  const sizes = await Promise.all(
    files.map(async file => (await stat(join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
