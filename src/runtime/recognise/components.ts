import { type ComponentId, components } from "../../shared/catalogue/index.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import type { Finding } from "./facts.ts";
import { findingsOf, isFoundByStructure, modulesOf } from "./modules.ts";

/** What the values and modules of a trace are by structure, whatever the source calls them. Plain data. */
export interface TraceComponents {
  /** Components by path of the module that is one, those first that say most. */
  readonly modules: Readonly<Record<string, readonly ComponentId[]>>;
  /** What `ofValues` points into. */
  readonly components: readonly ComponentId[];
  /** For every value of the trace, the component that it is a part of; -1 where it is of none. */
  readonly ofValues: readonly number[];
  /** For every value of the trace, the torch call that computed it as such a part; -1 where there is none. */
  readonly calls: readonly number[];
}

/** Among the many components that an attention shows at once, these say what it is. */
const FIRST: readonly ComponentId[] = ["self-attention", "cross-attention"];

/** Components that structure shows, in the order in which they say what a module is. */
const STRUCTURAL: readonly ComponentId[] = [
  ...FIRST,
  ...components.flatMap(({ id }) => (isFoundByStructure(id) && !FIRST.includes(id) ? [id] : [])),
];

/** Of components that go around others, what is their own; of all others, every operation. */
const OWN: Readonly<Partial<Record<ComponentId, (finding: Finding) => readonly Operation[]>>> = {
  "residual-connection": ({ operations }) => operations.slice(0, 1),
  "transformer-block": () => [],
};

/** Single steps, as many modules take: they say what a module is only where it is made of no other modules. */
const STEPS: ReadonlySet<ComponentId> = new Set(["softmax", "residual-connection", "activation-function"]);

/** Looks at a trace for every component that structure shows: a second's work for the largest. */
export function componentsOf(trace: Trace): TraceComponents {
  const modules: Record<string, ComponentId[]> = {};
  const ofValues = new Array<number>(trace.values.length).fill(-1);
  const calls = new Array<number>(trace.values.length).fill(-1);
  const sizes = new Array<number>(trace.values.length).fill(Number.POSITIVE_INFINITY);
  for (const [index, component] of STRUCTURAL.entries()) {
    for (const path of modulesOf(trace, component)) {
      if (STEPS.has(component) && hasParts(trace, path)) continue;
      modules[path] ??= [];
      modules[path].push(component);
    }
    for (const finding of findingsOf(trace, component)) {
      const size = finding.operations.length;
      // What is made of the fewest operations says most; of equals, the first.
      for (const operation of OWN[component]?.(finding) ?? finding.operations)
        for (const value of operation.outputs)
          if (size < sizes[value]!) {
            sizes[value] = size;
            ofValues[value] = index;
            calls[value] = operation.call ?? -1;
          }
    }
  }
  return { modules, components: STRUCTURAL, ofValues, calls };
}

function hasParts({ modules }: Trace, path: string): boolean {
  return modules.some(module => module.path !== path && (path === "" || module.path.startsWith(`${path}.`)));
}
