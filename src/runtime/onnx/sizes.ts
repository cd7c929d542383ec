import type { Atom, Polynomial, Size } from "../../shared/size.ts";
import type { GraphBuilder } from "./builder.ts";

/** Where sizes that are free come from inside a graph. */
export interface SizeSources {
  /** A tensor of the graph and the axis of it whose size a symbol names; null where the symbol is an input itself. */
  symbol(name: string): { readonly tensor: string; readonly axis: number } | { readonly scalar: string };
  /** The tensor that holds a value of the trace. */
  tensor(value: number): string;
  /** The tensor of shape [1] that holds the step of a loop, where a value is one. */
  step(value: number): string | undefined;
}

/** Lowers symbolic sizes to int64 tensors of shape [n]; every expression is computed once per graph. */
export class SizeLowering {
  readonly #builder: GraphBuilder;
  readonly #sources: SizeSources;
  readonly #made = new Map<string, string>();

  constructor(builder: GraphBuilder, sources: SizeSources) {
    this.#builder = builder;
    this.#sources = sources;
  }

  ints(values: readonly number[]): string {
    const words = BigInt64Array.from(values, BigInt);
    return this.#builder.constant("int64", [values.length], new Uint8Array(words.buffer));
  }

  /** Shape [1]. */
  size(size: Size | number): string {
    return typeof size === "number" ? this.ints([size]) : this.#polynomial(size.poly);
  }

  /** Shape []. */
  scalar(size: Size | number): string {
    if (typeof size === "number") {
      return this.#builder.constant("int64", [], new Uint8Array(BigInt64Array.of(BigInt(size)).buffer));
    }
    return this.#once(`scalar ${JSON.stringify(size.poly)}`, () =>
      this.#builder.node("Squeeze", [this.size(size)]),
    );
  }

  /** Shape [sizes.length]. */
  vector(sizes: readonly (Size | number)[]): string {
    if (sizes.every(size => typeof size === "number")) return this.ints(sizes);
    return this.#once(`vector ${JSON.stringify(sizes)}`, () => {
      const parts: string[] = [];
      let run: number[] = [];
      const flush = () => {
        if (run.length > 0) parts.push(this.ints(run));
        run = [];
      };
      for (const size of sizes) {
        if (typeof size === "number") {
          run.push(size);
        } else {
          flush();
          parts.push(this.size(size));
        }
      }
      flush();
      return parts.length === 1 ? parts[0]! : this.#builder.node("Concat", parts, { axis: 0 });
    });
  }

  /**
   * Reshape. One free size is inferred (-1); more are computed. A computed shape may hold a 0, which then means an empty
   * axis and not "as before".
   */
  reshape(tensor: string, shape: readonly Size[]): string {
    const free = shape.filter(size => typeof size !== "number").length;
    const empty = shape.includes(0);
    if (free <= 1 && !empty) {
      const target = this.ints(shape.map(size => (typeof size === "number" ? size : -1)));
      return this.#builder.node("Reshape", [tensor, target]);
    }
    return this.#builder.node("Reshape", [tensor, this.vector(shape)], { allowzero: 1 });
  }

  #once(key: string, make: () => string): string {
    let name = this.#made.get(key);
    if (name === undefined) {
      name = make();
      this.#made.set(key, name);
    }
    return name;
  }

  #polynomial(poly: Polynomial): string {
    return this.#once(JSON.stringify(poly), () => {
      let sum: string | null = null;
      for (const [coefficient, atoms] of poly) {
        let product: string | null = coefficient === 1 && atoms.length > 0 ? null : this.ints([coefficient]);
        for (const atom of atoms) {
          const factor = this.#atom(atom);
          product = product === null ? factor : this.#builder.node("Mul", [product, factor]);
        }
        sum = sum === null ? product : this.#builder.node("Add", [sum, product!]);
      }
      return sum ?? this.ints([0]);
    });
  }

  #atom(atom: Atom): string {
    return this.#once(`atom ${JSON.stringify(atom)}`, () => {
      switch (atom.kind) {
        case "symbol": {
          const source = this.#sources.symbol(atom.name);
          if ("scalar" in source) return this.#builder.node("Reshape", [source.scalar, this.ints([1])]);
          return this.#shape(source.tensor, source.axis);
        }
        case "size":
          return this.#shape(this.#sources.tensor(atom.value), atom.axis);
        case "item": {
          const step = this.#sources.step(atom.value);
          if (step !== undefined) return step;
          const flat = this.#builder.node("Reshape", [this.#sources.tensor(atom.value), this.ints([-1])]);
          const item = this.#builder.node("Gather", [flat, this.ints([atom.index])]);
          return this.#builder.node("Cast", [item], { to: 7 });
        }
        case "mod":
          return this.#remainder(atom.left, atom.right);
        case "floordiv": {
          // ONNX divides integers towards zero, so the remainder (of the divisor's sign) is taken off first
          const left = this.#polynomial(atom.left);
          const exact = this.#builder.node("Sub", [left, this.#remainder(atom.left, atom.right)]);
          return this.#builder.node("Div", [exact, this.#polynomial(atom.right)]);
        }
      }
    });
  }

  #shape(tensor: string, axis: number): string {
    return this.#builder.node("Shape", [tensor], { start: axis, end: axis + 1 });
  }

  #remainder(left: Polynomial, right: Polynomial): string {
    return this.#once(`mod ${JSON.stringify([left, right])}`, () =>
      this.#builder.node("Mod", [this.#polynomial(left), this.#polynomial(right)]),
    );
  }
}

/** The values of the trace that sizes anywhere inside `attributes` rest on. */
export function sizeDependencies(attributes: unknown, found: Set<number> = new Set()): Set<number> {
  if (Array.isArray(attributes)) {
    // long lists are data of a constant
    if (attributes.length > 0 && typeof attributes[0] === "number" && attributes.length > 64) return found;
    for (const item of attributes) sizeDependencies(item, found);
  } else if (typeof attributes === "object" && attributes !== null) {
    const atom = attributes as Partial<Atom & { kind: "size" | "item" }>;
    if ((atom.kind === "size" || atom.kind === "item") && typeof atom.value === "number")
      found.add(atom.value);
    else for (const item of Object.values(attributes)) sizeDependencies(item, found);
  }
  return found;
}
