import { distributionOf } from "./distributions.ts";
import type { InstalledPackage } from "./installed.ts";
import { anyRelease, missing, type PackagePlan } from "./plan.ts";
import type { Requirement } from "./requirement.ts";

/** What was planned and is here now. */
export interface Brought {
  readonly plan: PackagePlan;
  readonly installed: readonly InstalledPackage[];
}

/**
 * Brings a package with what it needs. Where an index does not say that before the download, the packages themselves do
 * after it, and there is another round.
 * @param typed name of an import, or the index's.
 * @param bring one round: plans, asks and installs; null where the reader turned away.
 * @returns what came, in that order.
 */
export async function getPackage(
  typed: string,
  isPresent: (name: string) => boolean,
  bring: (wanted: readonly Requirement[]) => Promise<Brought | null>,
): Promise<readonly InstalledPackage[]> {
  const tried = new Set<string>();
  const came: InstalledPackage[] = [];
  let wanted: readonly Requirement[] = [anyRelease(distributionOf(typed))];
  while (wanted.length > 0) {
    const brought = await bring(wanted);
    if (brought === null) break;
    const { plan, installed } = brought;
    came.push(...installed);
    for (const { name } of [...plan.releases, ...plan.leftOut]) tried.add(name);
    const needed = installed.flatMap(({ about }) => missing(about.requirements, isPresent));
    wanted = needed.filter(({ name }) => !tried.has(name));
  }
  return came;
}
