import type { Atom, Polynomial, Size } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import { roundsToHalf } from "../onnx/half-precision.ts";
import { neededFor } from "../onnx/needed.ts";
import { type Numbers, roundedToHalf } from "./numbers.ts";
import type { EvaluationScope, Primitive } from "./primitive.ts";
import { PRIMITIVES } from "./table.ts";

/**
 * Computes values of a trace without onnxruntime: slowly and at once, for small tensors.
 * @param given inputs, parameters and any other values that are known, by index.
 * @param symbols the sizes of this run by name.
 * @returns `outputs` and everything that they rest on.
 * @throws RangeError where a leaf is not given, or shapes or indices do not fit.
 */
export function evaluate(
  trace: Trace,
  given: ReadonlyMap<number, Numbers>,
  outputs: readonly number[],
  symbols: ReadonlyMap<string, number>,
): ReadonlyMap<number, Numbers> {
  const known = new Map(given);
  const scope = new TraceScope(trace, known, symbols, roundsToHalf(trace));
  for (const operation of neededFor(trace, outputs, new Set(given.keys())).operations) {
    scope.outputs(operation).forEach((numbers, i) => {
      const output = operation.outputs[i]!;
      if (!known.has(output)) known.set(output, numbers);
    });
  }
  return known;
}

class TraceScope implements EvaluationScope {
  readonly #trace: Trace;
  readonly #known: ReadonlyMap<number, Numbers>;
  readonly #symbols: ReadonlyMap<string, number>;
  readonly #toHalf: (operation: Operation, value: number) => boolean;

  constructor(
    trace: Trace,
    known: ReadonlyMap<number, Numbers>,
    symbols: ReadonlyMap<string, number>,
    toHalf: (operation: Operation, value: number) => boolean,
  ) {
    this.#trace = trace;
    this.#known = known;
    this.#symbols = symbols;
    this.#toHalf = toHalf;
  }

  outputs(operation: Operation): readonly Numbers[] {
    const row = PRIMITIVES[operation.primitive] as Primitive<Operation["primitive"]>;
    const inputs = operation.inputs.map(input => (input === null ? null : this.numbers(input)));
    return row
      .evaluate(operation, inputs, this)
      .map((numbers, i) =>
        this.#toHalf(operation, operation.outputs[i]!) ? roundedToHalf(numbers) : numbers,
      );
  }

  numbers(value: number): Numbers {
    const numbers = this.#known.get(value);
    if (numbers !== undefined) return numbers;
    throw new RangeError(`${this.#trace.values[value]?.leaf?.name ?? `value ${value}`} is not given`);
  }

  inside(operations: readonly Operation[], values: Map<number, Numbers>): void {
    const known = new Map([...this.#known, ...values]);
    const scope = new TraceScope(this.#trace, known, this.#symbols, this.#toHalf);
    for (const operation of operations) {
      scope.outputs(operation).forEach((numbers, i) => {
        known.set(operation.outputs[i]!, numbers);
        values.set(operation.outputs[i]!, numbers);
      });
    }
  }

  size(size: Size | number): number {
    return typeof size === "number" ? size : this.#polynomial(size.poly);
  }

  dtypeOf(value: number) {
    return this.#trace.values[value]!.dtype;
  }

  shapeOf(value: number): readonly number[] {
    return this.#trace.values[value]!.shape.map(size => this.size(size));
  }

  #polynomial(poly: Polynomial): number {
    let sum = 0;
    for (const [coefficient, atoms] of poly) {
      sum += atoms.reduce((product, atom) => product * this.#atom(atom), coefficient as number);
    }
    return sum;
  }

  #atom(atom: Atom): number {
    switch (atom.kind) {
      case "symbol": {
        const size = this.#symbols.get(atom.name);
        if (size === undefined) throw new RangeError(`the size ${atom.name} is not given`);
        return size;
      }
      case "size":
        return this.numbers(atom.value).shape[atom.axis]!;
      case "item":
        return this.numbers(atom.value).data[atom.index]!;
      case "floordiv":
        return Math.floor(this.#polynomial(atom.left) / this.#polynomial(atom.right));
      case "mod": {
        const right = this.#polynomial(atom.right);
        return ((this.#polynomial(atom.left) % right) + right) % right;
      }
    }
  }
}
