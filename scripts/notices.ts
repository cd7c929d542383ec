// Writes THIRD_PARTY_NOTICES.md: every package that Papertrace is built with, and its licence. `--check` fails where the file
// is out of date. The file is the same on every platform: packages of one platform are listed by family, with the standard
// text of their licence, whichever of them is installed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "./project.ts";

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What the file says of a package, or of a family of packages of which each platform installs its own. */
interface Notice {
  readonly title: string;
  readonly licence: string;
  /** Lines between the licence and its text. */
  readonly about: readonly string[];
  /** Licence texts that come with it; where there are none, the standard ones hold. */
  readonly texts: readonly string[];
}

const noticesFile = join(projectDirectory, "THIRD_PARTY_NOTICES.md");
const standardTexts = join(projectDirectory, "media", "licences");

const LICENCE_FILE = /^(licen[cs]e|copying|copyright|notices?|third.?party)/i;

/** A licence section of a README that is shorter only points elsewhere. */
const SHORTEST_TEXT = 300;

/** Where the part of a package's name begins that says which platform it is for. */
const PLATFORM_SUFFIX =
  /-(aix|android|darwin|freebsd|linux|netbsd|openbsd|sunos|wasm32|webcontainers|win32).*$/;

/**
 * Libraries inside the binaries of a family, from its README. Kept as a file, since not every platform installs a package to
 * read it from.
 */
const COMPONENTS = [
  { family: "@img/sharp-libvips", licence: "LGPL-3.0-or-later", file: "libvips-components.txt" },
  { family: "@img/sharp", licence: "Apache-2.0 AND LGPL-3.0-or-later", file: "libvips-components.txt" },
] as const;

const { packages: locked } = JSON.parse(
  readFileSync(join(projectDirectory, "package-lock.json"), "utf8"),
) as {
  packages: Record<string, LockedPackage>;
};

const shipped = Object.entries(locked)
  .filter(([path, { dev }]) => path !== "" && !dev)
  .map(([path, entry]) => ({ path, name: nameOf(path), entry }));
const bound = platformBound();
const notices = [...shipped.filter(({ name }) => !bound.has(name)).map(noticeOf), ...families()];
notices.sort((a, b) => (a.title < b.title ? -1 : a.title > b.title ? 1 : 0));
const standard = new Set(notices.filter(({ texts }) => texts.length === 0).flatMap(standardLicences));

const written = [
  "# Third-party notices",
  "Papertrace is built with these packages. Written by `node scripts/notices.ts`.",
  ...new Set(notices.map(format)),
  "# Standard licence texts",
  ...[...standard].sort().map(id => `## ${id}\n\n${fenced(standardText(id))}`),
];
const content = `${written.join("\n\n")}\n`;

if (!process.argv.includes("--check")) writeFileSync(noticesFile, content);
else if (!existsSync(noticesFile) || content.trimEnd() !== read(noticesFile)) {
  console.error("THIRD_PARTY_NOTICES.md is out of date; write it again: node scripts/notices.ts");
  process.exit(1);
}

function noticeOf({ path, name, entry }: (typeof shipped)[number]): Notice {
  const directory = join(projectDirectory, path);
  if (!existsSync(directory)) throw new Error(`${path} is not installed; run npm ci and try again.`);
  const texts = textsIn(directory);
  return {
    title: `${name} ${entry.version}`,
    licence: entry.license ?? "see its package",
    about: texts.length > 0 ? [] : [originOf(directory)],
    texts,
  };
}

/** Where a package without a licence text comes from. */
function originOf(directory: string): string {
  const { author, repository } = JSON.parse(read(join(directory, "package.json"))) as {
    author?: string | { name?: string };
    repository?: string | { url?: string };
  };
  const by = typeof author === "string" ? author : author?.name;
  const address = typeof repository === "string" ? repository : repository?.url;
  const source = address?.replace(/^git\+/, "").replace(/\.git$/, "");
  const facts = [
    by && `Author: ${by}.`,
    source && `Source: <${source}>.`,
    "It comes without a licence text.",
  ];
  return facts.filter(Boolean).join(" ");
}

/** Packages of one platform, by family, version and licence. */
function families(): Notice[] {
  const groups = Map.groupBy(
    shipped.filter(({ name }) => bound.has(name)),
    ({ name, entry }) => `${name.replace(PLATFORM_SUFFIX, "")} ${entry.version} (${entry.license})`,
  );
  return [...groups].map(([, members]) => {
    const { name, entry } = members[0]!;
    const family = name.replace(PLATFORM_SUFFIX, "");
    return {
      title: `${members.length === 1 ? name : `${family}-*`} ${entry.version}`,
      licence: entry.license ?? "see its package",
      about: [
        "One of these packages is installed, or none, as the platform needs:",
        members.map(member => `- <https://www.npmjs.com/package/${member.name}>`).join("\n"),
        ...componentsOf(family, members),
      ],
      texts: [],
    };
  });
}

/**
 * What the libraries inside a family's binaries come under.
 * @throws Error where a package of the family is installed whose README says otherwise.
 */
function componentsOf(family: string, members: typeof shipped): string[] {
  return COMPONENTS.filter(
    each => family.startsWith(each.family) && members[0]!.entry.license === each.licence,
  ).map(({ file }) => {
    const text = read(join(standardTexts, file));
    for (const { path, name } of members) {
      const directory = join(projectDirectory, path);
      if (existsSync(directory) && !licenceSection(directory)?.includes(text))
        throw new Error(
          `The README of ${name} lists other libraries than media/licences/${file}; bring that up to date.`,
        );
    }
    return text;
  });
}

/**
 * Names of packages that not every platform installs: optional ones that name a system or a processor, and those that
 * only such packages depend on.
 */
function platformBound(): ReadonlySet<string> {
  const names = new Set<string>();
  const neededBy = (name: string) =>
    shipped.filter(({ entry }) => name in { ...entry.dependencies, ...entry.optionalDependencies });
  for (let size = -1; size < names.size; ) {
    size = names.size;
    for (const { name, entry } of shipped) {
      if (!entry.optional) continue;
      const dependents = neededBy(name);
      const named = entry.os !== undefined || entry.cpu !== undefined;
      const inherited = dependents.length > 0 && dependents.every(dependent => names.has(dependent.name));
      if (named || inherited) names.add(name);
    }
  }
  return names;
}

function textsIn(directory: string): string[] {
  const files = readdirSync(directory, { withFileTypes: true })
    .filter(file => file.isFile() && LICENCE_FILE.test(file.name))
    .map(({ name }) => name)
    .sort();
  if (files.length > 0) return files.map(name => read(join(directory, name)));
  const section = licenceSection(directory);
  return section ? [section] : [];
}

/** The section of a README about the licence, if it is a text of its own. */
function licenceSection(directory: string): string | null {
  const readme = readdirSync(directory).find(name => /^readme(\.md)?$/i.test(name));
  if (readme === undefined) return null;
  const sections = read(join(directory, readme)).split(/^(?=#+ )/m);
  const section = sections.find(text => /^#+ *licen[cs]/i.test(text));
  const text = section?.replace(/^.*\n/, "").trim() ?? "";
  return text.length < SHORTEST_TEXT ? null : text;
}

/** SPDX identifiers of an expression, without "or later". The LGPL adds to the GPL, so it needs both. */
function standardLicences({ licence }: Notice): string[] {
  const ids = licence.replaceAll(/[()]/g, "").split(/ (?:AND|OR) /);
  return ids
    .map(id => id.replace(/-(or-later|only)$/, ""))
    .flatMap(id => (id.startsWith("LGPL-") ? [id, id.slice(1)] : [id]));
}

function standardText(id: string): string {
  const file = join(standardTexts, `${id.toLowerCase()}.txt`);
  if (!existsSync(file))
    throw new Error(`A package under ${id} comes without its text; put the standard text into ${file}.`);
  return read(file);
}

function format(notice: Notice): string {
  const { title, licence, about, texts } = notice;
  const ids = standardLicences(notice).join(" and ");
  const text = texts.length > 0 ? texts.map(fenced) : [`${ids}: see the end of this file.`];
  return [`## ${title}`, `Licence: ${licence}`, ...about, ...text].join("\n\n");
}

function fenced(text: string): string {
  const fence = text.includes("```") ? "````" : "```";
  return `${fence}\n${text}\n${fence}`;
}

/** A text with this project's line ends, whatever those of the file. */
function read(path: string): string {
  return readFileSync(path, "utf8")
    .replaceAll("\r\n", "\n")
    .replace(/^\uFEFF/, "")
    .trimEnd();
}

/** `@scope/name` of a path such as `node_modules/a/node_modules/@scope/name`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}
