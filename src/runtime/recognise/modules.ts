import { components } from "../../shared/catalogue/index.ts";
import type { Trace } from "../../shared/trace.ts";
import { type Facts, type Finding, factsOf } from "./facts.ts";
import { RULES } from "./rules.ts";
import { SHOWN_AT } from "./shown-at.ts";

/**
 * Paths of the modules of a trace that are a component, in the order of the module tree. Components that structure shows
 * are found by structure alone; the others by class name, or with the component that they are shown at. Empty where
 * the component is not in this model, or is no module at all.
 *
 * @param component id in the catalogue
 */
export function modulesOf(trace: Trace, component: string): readonly string[] {
  const recognition = recognitionOf(trace);
  let paths = recognition.paths.get(component);
  if (!paths) {
    paths = search(trace, component);
    recognition.paths.set(component, paths);
  }
  return paths;
}

/** Where a component is in a trace, with the operations that make it up. */
export function findingsOf(trace: Trace, component: string): readonly Finding[] {
  return recognitionOf(trace).facts.find(component);
}

/** Whether a component is found by the structure of a trace alone. */
export function isFoundByStructure(component: string): boolean {
  return Object.hasOwn(RULES, component);
}

interface Recognition {
  readonly facts: Facts;
  readonly paths: Map<string, readonly string[]>;
}

/** Traces never change, so what was found in one stays. */
const known = new WeakMap<Trace, Recognition>();

function recognitionOf(trace: Trace): Recognition {
  let recognition = known.get(trace);
  if (!recognition) {
    const findings = new Map<string, readonly Finding[]>();
    const facts: Facts = factsOf(trace, component => {
      let found = findings.get(component);
      if (!found) {
        found = RULES[component]?.(facts) ?? [];
        findings.set(component, found);
      }
      return found;
    });
    recognition = { facts, paths: new Map() };
    known.set(trace, recognition);
  }
  return recognition;
}

function search(trace: Trace, component: string): readonly string[] {
  if (RULES[component]) {
    const found = new Set(findingsOf(trace, component).map(each => each.path));
    return trace.modules.map(module => module.path).filter(path => found.has(path));
  }
  const shown = SHOWN_AT[component];
  const found = shown?.(trace, other => modulesOf(trace, other)) ?? [];
  return found.length > 0 ? found : named(trace, component);
}

function named(trace: Trace, component: string): readonly string[] {
  return trace.modules.filter(each => componentOfClass(each.class) === component).map(each => each.path);
}

/** The component whose hint on class names fits best: the longest one that is part of the name. */
function componentOfClass(name: string): string | null {
  let best: { readonly id: string; readonly length: number } | null = null;
  for (const { id, hints } of components)
    for (const hint of hints.classes)
      if (name.includes(hint) && hint.length > (best?.length ?? 0)) best = { id, length: hint.length };
  return best?.id ?? null;
}
