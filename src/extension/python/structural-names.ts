import type { TraceComponents } from "../../runtime/recognise/components.ts";
import type { ComponentId } from "../../shared/catalogue/index.ts";
import type { Trace } from "../../shared/trace.ts";
import type { TracedPlace, TracedTensor } from "./traced-source.ts";

/** Says what is in a trace, some time later: it is looked at elsewhere. */
export interface Recognition {
  components(trace: Trace): Promise<TraceComponents>;
}

/** What the values and modules of traces are, by structure: whatever the source calls them. Nobody waits for it. */
export class StructuralNames {
  readonly #recognition: Recognition;
  readonly #known = new WeakMap<Trace, TraceComponents>();
  readonly #asked = new WeakSet<Trace>();

  constructor(recognition: Recognition) {
    this.#recognition = recognition;
  }

  /** Has a trace looked at, once. */
  async read(trace: Trace): Promise<void> {
    if (this.#asked.has(trace)) return;
    this.#asked.add(trace);
    try {
      this.#known.set(trace, await this.#recognition.components(trace));
    } catch (error) {
      this.#asked.delete(trace);
      throw error;
    }
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
      const found = names.modules[module] ?? [];
      return found.find(each => each === named) ?? found[0] ?? null;
    }
    const found = names.components[names.ofValues[values[0]!] ?? -1];
    const call = trace.calls[names.calls[values[0]!] ?? -1];
    // A value that is only passed on here was computed elsewhere.
    const isHere = call?.places.some(at => {
      const { file, line } = trace.places[at]!;
      return file === place.file && place.line <= line && line <= place.endLine;
    });
    return found && isHere ? found : null;
  }
}
