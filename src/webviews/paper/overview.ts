import type { ComponentId } from "../../shared/catalogue/index.ts";
import { sectionsOf } from "../../shared/linking/index.ts";
import type { OutlinedSection } from "../../shared/protocol/paper-context.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";

/** A section of the paper with the components that it is about. */
export interface OverviewSection {
  /** Null for what comes before the first heading, and for a paper without headings. */
  readonly title: string | null;
  readonly components: readonly OverviewEntry[];
}

export interface OverviewEntry {
  readonly component: ComponentId;
  /** In the whole paper. */
  readonly count: number;
  /** The first in this section. */
  readonly first: PlacedMention;
}

/** The overview as the side view of the editor shows it. */
export function outlineRows(links: PaperLinks): OutlinedSection[] {
  return overview(links).map(({ title, components }) => ({
    title,
    components: components.map(({ component, count, first: { page, start } }) => ({
      component,
      count,
      page,
      start,
    })),
  }));
}

/** The components of a paper, each under the section that mentions it most, in reading order; sections without one are left out. */
export function overview(links: PaperLinks): OverviewSection[] {
  const sections = sectionsOf(links.texts.map(({ text }) => text));
  const bySection = new Map<number, Map<ComponentId, PlacedMention[]>>();
  const totals = new Map<ComponentId, number>();
  for (const mention of links.mentions.flat()) {
    const section = sections.findLastIndex(
      ({ page, start }) => page + 1 < mention.page || (page + 1 === mention.page && start <= mention.start),
    );
    const components = bySection.get(section) ?? new Map<ComponentId, PlacedMention[]>();
    bySection.set(section, components);
    const own = components.get(mention.component);
    if (own === undefined) components.set(mention.component, [mention]);
    else own.push(mention);
    totals.set(mention.component, (totals.get(mention.component) ?? 0) + 1);
  }
  const home = new Map<ComponentId, { section: number; count: number }>();
  for (const [section, components] of bySection) {
    for (const [component, { length: count }] of components) {
      if (count > (home.get(component)?.count ?? 0)) home.set(component, { section, count });
    }
  }
  return [...bySection]
    .sort(([a], [b]) => a - b)
    .map(([section, components]) => ({
      title: sections[section]?.title ?? null,
      components: [...components]
        .filter(([component]) => home.get(component)?.section === section)
        .map(([component, mentions]) => ({ component, count: totals.get(component)!, first: mentions[0]! })),
    }))
    .filter(({ components }) => components.length > 0);
}
