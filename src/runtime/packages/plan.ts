import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { normalName, PackageIndex } from "../models/package-index.ts";
import type { AddOptions } from "../models/progress.ts";
import { isCompiled, standsIn } from "./distributions.ts";
import { MARKERS } from "./interpreter.ts";
import { newestPure, PackageRefusal, type PackageRelease } from "./releases.ts";
import { holds, type Requirement } from "./requirement.ts";

/** What would be downloaded, for the question before. */
export interface PackagePlan {
  /** Host that is asked. */
  readonly from: string;
  /** The ones that were asked for first, then what they need and nothing has yet. */
  readonly releases: readonly PackageRelease[];
  /** What they need as well and cannot be got, with the reason. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

/** Requirements that are followed at most. */
const MOST_RELEASES = 40;

/**
 * Asks the package index for packages and for what they need: without extras, only what this interpreter's markers ask for,
 * nothing that is there already or that traces do without.
 * @param isPresent whether a package, by its normalised name, can be imported already.
 * @throws PackageRefusal where one that was asked for cannot be got; DownloadError where the index cannot be asked.
 */
export async function planPackages(
  wanted: readonly Requirement[],
  isPresent: (name: string) => boolean,
  { environment, signal }: AddOptions = {},
): Promise<PackagePlan> {
  const index = new PackageIndex(environment);
  const releases: PackageRelease[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  const seen = new Set<string>();
  const pending = wanted.map(requirement => ({ requirement, isAsked: true }));
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { requirement, isAsked } = next;
    if (seen.has(requirement.name)) continue;
    seen.add(requirement.name);
    if (isAsked && standsIn(requirement.name) && !isCompiled(requirement.name))
      throw new PackageRefusal(
        t("A trace needs no package {0}: what it uses of it is there.", requirement.name),
      );
    if (releases.length === MOST_RELEASES)
      throw new PackageRefusal(
        t(
          "{0} needs more than {1} packages: select a Python environment that holds it.",
          wanted[0]!.name,
          MOST_RELEASES,
        ),
      );
    try {
      const release = await newestPure(index, requirement.name, requirement.specifier, signal);
      releases.push(release);
      for (const each of missing(release.about?.requirements ?? [], isPresent))
        pending.push({ requirement: each, isAsked: false });
    } catch (error) {
      if (isAsked || !(error instanceof PackageRefusal)) throw error;
      leftOut.push({ name: requirement.name, reason: error.message });
    }
  }
  return { from: index.host, releases, leftOut };
}

/** What a release weighs and under which licence it comes, in words. */
export function inOneLine({ name, version, wheel, about }: PackageRelease): string {
  const licence = about?.licence || t("not stated");
  return t("{0} {1}: {2}, licence {3}", name, version, fileSize(wheel.bytes), licence);
}

/** A package as a reader names it, in any release. */
export function anyRelease(name: string): Requirement {
  return { name: normalName(name), specifier: "", marker: "" };
}

/** Of what a package needs, that which a trace needs too and nothing has yet. */
export function missing(
  requirements: readonly Requirement[],
  isPresent: (name: string) => boolean,
): readonly Requirement[] {
  return requirements.filter(
    ({ name, marker }) => holds(marker, MARKERS) && !standsIn(name) && !isPresent(name),
  );
}
