import type { DType } from "../../src/shared/dtype.ts";
import type { PrimitiveAttributes, PrimitiveName } from "../../src/shared/primitives.ts";
import type { Size } from "../../src/shared/size.ts";
import {
  type Call,
  type NamedValue,
  type Operation,
  type Place,
  TRACE_VERSION,
  type Trace,
  type TracedModule,
  type Value,
} from "../../src/shared/trace.ts";

/** A size that depends on the text. */
export function sequence(hint: number): Size {
  return { poly: [[1, [{ kind: "symbol", name: "sequence" }]]], hint };
}

/** Writes traces by hand, operation by operation, for tests of what is made from them. */
export class TraceBuilder {
  readonly #modules: TracedModule[] = [{ path: "", class: "Model", classPlace: null, place: null }];
  readonly #values: Value[] = [];
  readonly #operations: Operation[] = [];
  readonly #calls: Call[] = [];
  readonly #named: NamedValue[] = [];
  readonly #places: Place[] = [];
  readonly #outputs: { name: string; value: number }[] = [];
  readonly #file: string;
  #module = 0;
  #line = 0;
  sha256 = "0";

  constructor(file = "/model.py") {
    this.#file = file;
  }

  /** Further operations run in this module. */
  within(path: string, name = "Module"): this {
    const index = this.#modules.findIndex(module => module.path === path);
    this.#module =
      index >= 0 ? index : this.#modules.push({ path, class: name, classPlace: null, place: null }) - 1;
    return this;
  }

  input(name: string, shape: readonly Size[], dtype: DType = "float32"): number {
    return this.#values.push({ dtype, shape, leaf: { kind: "input", name } }) - 1;
  }

  parameter(name: string, shape: readonly number[]): number {
    return this.#values.push({ dtype: "float32", shape, leaf: { kind: "parameter", name } }) - 1;
  }

  constant(value: number): number {
    return this.operation("const", [], { data: [value] }, []);
  }

  operation<P extends PrimitiveName>(
    primitive: P,
    inputs: readonly (number | null)[],
    attributes: PrimitiveAttributes[P],
    shape: readonly Size[],
    dtype: DType = "float32",
  ): number {
    const output = this.#values.push({ dtype, shape }) - 1;
    this.#line++;
    const column = this.#line % 7;
    const place =
      this.#places.push({
        file: 0,
        line: this.#line,
        endLine: this.#line,
        column,
        endColumn: column + 10,
        function: "forward",
      }) - 1;
    const call = this.#calls.push({
      function: `torch.${primitive}`,
      module: this.#module,
      places: [place],
      results: [output],
      alias: false,
    });
    this.#operations.push({ primitive, inputs, outputs: [output], attributes, call: call - 1 } as Operation);
    return output;
  }

  /** A linear layer with its weight. */
  linear(input: number, weight: string, shape: readonly Size[], from: number, to: number): number {
    return this.operation("linear", [input, this.parameter(weight, [to, from]), null], {}, shape);
  }

  /** Names a value as if it had been assigned to a variable on the line that computed it. */
  name(variable: string | null, value: number): number {
    const { path } = this.#modules[this.#module]!;
    const count = this.#named.filter(
      named => named.module === this.#module && named.variable === variable,
    ).length;
    this.#named.push({
      id: variable === null ? path : `${path}:${variable}#${count}`,
      value,
      module: this.#module,
      variable,
      place: this.#places.length - 1,
      stack: [],
    });
    return value;
  }

  output(name: string, value: number): void {
    this.#outputs.push({ name, value });
  }

  build(): Trace {
    return {
      version: TRACE_VERSION,
      class: "Model",
      files: [{ path: this.#file, sha256: this.sha256 }],
      places: this.#places,
      modules: this.#modules,
      parameters: [],
      symbols: [],
      values: this.#values,
      operations: this.#operations,
      calls: this.#calls,
      named: this.#named,
      outputs: this.#outputs,
      guards: [],
      problems: [],
    };
  }
}
