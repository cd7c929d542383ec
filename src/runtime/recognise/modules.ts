import { components } from "../../shared/catalogue/index.ts";
import type { Trace } from "../../shared/trace.ts";
import { type ModuleFacts, moduleFacts, within } from "./module-facts.ts";
import { BLOCK, RULES, type Rule } from "./rules.ts";

/**
 * Paths of the modules of a trace that are a component, in the order of the module tree: by structure, by class name
 * where no structure fits. Empty where the component is not in this model, or is no module at all.
 *
 * @param component id in the catalogue
 */
export function modulesOf(trace: Trace, component: string): readonly string[] {
  let found = known.get(trace);
  if (!found) {
    found = new Map();
    known.set(trace, found);
  }
  const rule = RULES[component];
  if (!rule) return [];
  let paths = found.get(component);
  if (!paths) {
    const facts = moduleFacts(trace);
    paths = find(component, rule, facts, find("transformer-block", BLOCK, facts, []));
    found.set(component, paths);
  }
  return paths;
}

/** Traces never change, so what was found in one stays. */
const known = new WeakMap<Trace, Map<string, readonly string[]>>();

function find(
  component: string,
  rule: Rule,
  facts: readonly ModuleFacts[],
  blocks: readonly string[],
): string[] {
  for (const fits of rule.structures) {
    const found = keep(
      facts.filter(each => fits(each, blocks)),
      rule.take,
    );
    if (found.length > 0) return found.map(each => each.path);
  }
  if (!rule.named) return [];
  const others = rule.except ? find(rule.except, RULES[rule.except]!, facts, blocks) : [];
  const named = facts.filter(
    each => !others.includes(each.path) && componentOfClass(each.class) === component,
  );
  return keep(named, rule.take).map(each => each.path);
}

/** The component whose hint on class names fits best: the longest one that is part of the name. */
function componentOfClass(name: string): string | null {
  let best: { readonly id: string; readonly length: number } | null = null;
  for (const { id, hints } of components)
    for (const hint of hints.classes)
      if (name.includes(hint) && hint.length > (best?.length ?? 0)) best = { id, length: hint.length };
  return best?.id ?? null;
}

function keep(found: readonly ModuleFacts[], take: Rule["take"]): readonly ModuleFacts[] {
  if (take === "all") return found;
  return found.filter(each =>
    found.every(
      other =>
        other === each ||
        !(take === "innermost" ? within(other.path, each.path) : within(each.path, other.path)),
    ),
  );
}
