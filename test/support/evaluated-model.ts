import assert from "node:assert/strict";
import type {
  GenerateRequest,
  GenerateResult,
  LiveModel,
  Recipe,
  RunRequest,
  RunResult,
  TapRequest,
  TapResult,
} from "../../src/runtime/live/types.ts";
import { fill, fromBytes, type Numbers, stridesOf, toTensor } from "../../src/runtime/primitives/numbers.ts";
import { PRIMITIVES } from "../../src/runtime/primitives/table.ts";
import { drawingOf } from "../../src/runtime/session/drawing.ts";
import { partOf } from "../../src/runtime/session/part.ts";
import { summarise } from "../../src/runtime/session/summary.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import type { Intervention, Summary, Token, ValueRef } from "../../src/shared/run.ts";
import { evaluateSize, formatSize, type Size, sizeHint } from "../../src/shared/size.ts";
import type { InputSpec, Trace } from "../../src/shared/trace.ts";

/**
 * A trace that runs on the primitives' own evaluation, with seeded parameters: a live model without any process, for
 * tests of what is made of its numbers. Each word is a token.
 */
export class EvaluatedModel implements LiveModel {
  readonly trace: Trace;
  readonly provider = "cpu";
  readonly precision = "float32";
  readonly randomWeights: boolean;
  readonly smaller = null;
  readonly fallback = null;
  readonly check = null;
  readonly labels: Readonly<Record<number, string>> = {};
  runs = 0;
  /** Requests for values alone. */
  looks = 0;
  disposed = false;

  constructor(trace: Trace, randomWeights = false) {
    this.trace = trace;
    this.randomWeights = randomWeights;
  }

  get inputs(): readonly InputSpec[] {
    return this.trace.values.flatMap(({ leaf, dtype, shape }) =>
      leaf?.kind === "input" ? [{ name: leaf.name, dtype, shape: shape.map(dimension) }] : [],
    );
  }

  async tokenize(text: string): Promise<Token[]> {
    return text
      .split(" ")
      .map(word => ({ id: [...word].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 100, text: word }));
  }

  async decode(ids: readonly number[]): Promise<Token[]> {
    return ids.map(id => ({ id, text: `token ${id}` }));
  }

  async run(request: RunRequest, signal?: AbortSignal): Promise<RunResult> {
    await new Promise(resolve => setImmediate(resolve));
    signal?.throwIfAborted();
    this.runs++;
    return this.#answer(request);
  }

  async tap(request: TapRequest, signal?: AbortSignal): Promise<TapResult> {
    await new Promise(resolve => setImmediate(resolve));
    signal?.throwIfAborted();
    this.looks++;
    const { output: _, ...values } = this.#answer(request);
    return values;
  }

  #answer(request: RunRequest): RunResult {
    const values = this.#evaluate(request);
    const tensor = (reference: ValueRef) => toTensor(values[this.#index(reference)]!);
    const { drawing, outputAt } = request;
    return {
      output: partOf(toTensor(values[this.trace.outputs[0]!.value]!), outputAt ?? { axes: [] }),
      drawing: drawing
        ? drawingOf(
            drawing.values.map(({ value }) => tensor(value)),
            drawing,
          )
        : null,
      taps: new Map((request.taps ?? []).map((each): [ValueRef, Tensor] => [each, tensor(each)])),
      summaries: new Map(
        (request.summaries ?? []).map((each): [ValueRef, Summary] => [each, summarise(tensor(each))]),
      ),
      milliseconds: 1,
    };
  }

  generate(_request: GenerateRequest): Promise<GenerateResult> {
    throw new Error("An evaluated model generates nothing.");
  }

  recipe(): Promise<Recipe> {
    throw new Error("An evaluated model is made of nothing that could run elsewhere.");
  }

  dispose(): void {
    this.disposed = true;
  }

  #evaluate({ inputs, interventions = [] }: RunRequest): Numbers[] {
    const length = Object.values(inputs)[0]!.shape[1]!;
    const sizes = new Map([["sequence", length]]);
    const values: Numbers[] = [];
    const size = (each: Parameters<typeof evaluateSize>[0]) => evaluateSize(each, sizes)!;
    for (const [index, value] of this.trace.values.entries()) {
      if (!value.leaf) continue;
      const given = inputs[value.leaf.name];
      const shape = value.shape.map(size);
      values[index] = given
        ? fromBytes(given.dtype, given.shape, given.data)
        : fill(value.dtype, shape, i => Math.sin(index * 7.3 + i * 1.7) * 0.6);
    }
    const scope = {
      size,
      dtypeOf: (value: number) => this.trace.values[value]!.dtype,
      shapeOf: (value: number) => values[value]?.shape ?? this.trace.values[value]!.shape.map(size),
      inside: () => assert.fail("these models have no loops"),
    };
    for (const operation of this.trace.operations) {
      const evaluate = PRIMITIVES[operation.primitive].evaluate as (typeof PRIMITIVES)["add"]["evaluate"];
      const results = evaluate(
        operation as never,
        operation.inputs.map(input => (input === null ? null : values[input]!)),
        scope,
      );
      for (const [i, output] of operation.outputs.entries()) {
        const own = interventions.filter(each => this.#index(each.value) === output);
        values[output] = own.reduce(replaced, results[i]!);
      }
    }
    return values;
  }

  #index(reference: ValueRef): number {
    if (typeof reference === "number") return reference;
    const named = this.trace.named.find(each => each.id === reference);
    if (!named) throw new Error(`${reference} is no value of this trace.`);
    return named.value;
  }
}

function replaced(numbers: Numbers, { selector, operation }: Intervention): Numbers {
  const strides = stridesOf(numbers.shape);
  const chosen = (flat: number) =>
    selector.axes.every(
      ({ axis, index }) => Math.floor(flat / strides[axis]!) % numbers.shape[axis]! === index,
    );
  const data = numbers.data.map((value, flat) => (chosen(flat) ? change(value, operation) : value));
  return { ...numbers, data };
}

function change(value: number, operation: Intervention["operation"]): number {
  switch (operation.kind) {
    case "zero":
      return 0;
    case "scale":
      return value * operation.factor;
    case "add":
      return value + operation.amount;
    case "set":
      return operation.amount;
    case "patch":
      throw new Error("An evaluated model takes no patches.");
  }
}

/** A size of an argument: a number, or the symbol that it is. */
function dimension(size: Size): InputSpec["shape"][number] {
  const symbol = typeof size === "number" ? null : /^\w+$/.exec(formatSize(size));
  return symbol ? { symbol: symbol[0], hint: sizeHint(size) } : sizeHint(size);
}
