import { setImmediate as breath } from "node:timers/promises";
import type { Finding } from "../../runtime/recognise/facts.ts";
import { findingsOf, isFoundByStructure, modulesOf } from "../../runtime/recognise/modules.ts";
import { type ComponentId, components } from "../../shared/catalogue/index.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import type { TracedPlace, TracedTensor } from "./traced-source.ts";

/** What a value is a part of. */
interface Named {
  readonly component: ComponentId;
  readonly operation: Operation;
  /** How many operations the component has here. */
  readonly size: number;
}

/** Components of a trace by what they compute and by the modules that they are. */
interface Names {
  readonly values: ReadonlyMap<number, Named>;
  readonly modules: ReadonlyMap<string, readonly ComponentId[]>;
}

/** Among the many components that an attention shows at once, these say what it is. */
const FIRST: readonly ComponentId[] = ["self-attention", "cross-attention"];

/** Components that structure shows, in the order in which they say what a module is. */
export const STRUCTURAL_COMPONENTS: readonly ComponentId[] = [
  ...FIRST,
  ...components.flatMap(({ id }) => (isFoundByStructure(id) && !FIRST.includes(id) ? [id] : [])),
];

/** Of components that go around others, what is their own; of all others, every operation. */
const OWN: Readonly<Partial<Record<ComponentId, (finding: Finding) => readonly Operation[]>>> = {
  "residual-connection": ({ operations }) => operations.slice(0, 1),
  "transformer-block": () => [],
};

/** What the values and modules of traces are, by structure: whatever the source calls them. */
export class StructuralNames {
  readonly #known = new WeakMap<Trace, Names>();
  readonly #asked = new WeakSet<Trace>();

  /** Looks at a trace, one component after another, so that nobody waits for it. */
  async read(trace: Trace): Promise<void> {
    if (this.#asked.has(trace)) return;
    this.#asked.add(trace);
    const values = new Map<number, Named>();
    const modules = new Map<string, ComponentId[]>();
    for (const component of STRUCTURAL_COMPONENTS) {
      await breath();
      for (const path of modulesOf(trace, component))
        modules.set(path, [...(modules.get(path) ?? []), component]);
      for (const finding of findingsOf(trace, component)) {
        const size = finding.operations.length;
        // What is made of the fewest operations says most; of equals, the first.
        for (const operation of OWN[component]?.(finding) ?? finding.operations)
          for (const value of operation.outputs)
            if (size < (values.get(value)?.size ?? Number.POSITIVE_INFINITY))
              values.set(value, { component, operation, size });
      }
    }
    this.#known.set(trace, { values, modules });
  }

  /**
   * The component that a place computes or calls; null where structure shows none, or was not looked at yet.
   * @param named what the name of the place says: of several components that a module is, this one counts.
   */
  of({ kind, place }: TracedPlace, run: TracedTensor, named?: ComponentId): ComponentId | null {
    const { trace, values, module } = run;
    const names = this.#known.get(trace);
    if (names === undefined || kind === "parameter") return null;
    if (kind === "module") {
      const found = names.modules.get(module) ?? [];
      return found.find(each => each === named) ?? found[0] ?? null;
    }
    const found = names.values.get(values[0]!);
    const call = found?.operation.call == null ? undefined : trace.calls[found.operation.call];
    // A value that is only passed on here was computed elsewhere.
    const isHere = call?.places.some(at => {
      const { file, line } = trace.places[at]!;
      return file === place.file && place.line <= line && line <= place.endLine;
    });
    return isHere ? found!.component : null;
  }
}
