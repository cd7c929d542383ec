import type { DType } from "../../shared/dtype.ts";
import type { Size } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import type { Dimension, GraphBuilder } from "./builder.ts";
import type { ControlPart } from "./interventions.ts";
import { computedDType } from "./kernels.ts";

export interface GraphInput {
  readonly name: string;
  /** Type to feed: half precision is fed as float32. */
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
  readonly source:
    | { readonly kind: "value"; readonly value: number }
    /** A 0-d int64: the size of that name, where no input of the graph shows it. */
    | { readonly kind: "symbol"; readonly symbol: string }
    /** A part of the intervention of that number in `LowerOptions.interventions`. */
    | { readonly kind: "control"; readonly intervention: number; readonly control: ControlPart };
}

/** The inputs of a graph that is being made. */
export class GraphInputs {
  /** In the order in which they were declared. */
  readonly declared: GraphInput[] = [];
  readonly #trace: Trace;
  readonly #builder: GraphBuilder;
  readonly #isResized: (value: number) => boolean;
  readonly #symbols = new Map<string, string>();

  /** @param isResized whether the axes of a value are not as in the trace. */
  constructor(trace: Trace, builder: GraphBuilder, isResized: (value: number) => boolean) {
    this.#trace = trace;
    this.#builder = builder;
    this.#isResized = isResized;
  }

  /** Declares one and gives its name; half precision is fed as float32. */
  add(name: string, dtype: DType, shape: readonly Dimension[], source: GraphInput["source"]): string {
    const held = computedDType(dtype);
    this.#builder.input(name, held, shape);
    this.declared.push({ name, dtype: held, shape, source });
    return name;
  }

  /** A symbol is read off an input that has it as an axis, else it is an input itself. */
  symbol(symbol: string): { tensor: string; axis: number } | { scalar: string } {
    for (const { name, source } of this.declared) {
      // An axis that is not as in the trace shows no size of it.
      if (source.kind !== "value" || this.#isResized(source.value)) continue;
      const axis = this.#trace.values[source.value]!.shape.findIndex(size => symbolOf(size) === symbol);
      if (axis >= 0) return { tensor: name, axis };
    }
    let scalar = this.#symbols.get(symbol);
    if (scalar === undefined) {
      scalar = this.add(`size.${symbol}`, "int64", [], { kind: "symbol", symbol });
      this.#symbols.set(symbol, scalar);
    }
    return { scalar };
  }
}

/** The symbol that a size is, alone. */
function symbolOf(size: Size): string | null {
  if (typeof size === "number" || size.poly.length !== 1) return null;
  const [coefficient, atoms] = size.poly[0]!;
  const [atom] = atoms;
  return coefficient === 1 && atoms.length === 1 && atom!.kind === "symbol" ? atom!.name : null;
}
