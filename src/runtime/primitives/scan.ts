import { differenceOf, type Size, sumOf } from "../../shared/size.ts";
import type { Operation } from "../../shared/trace.ts";
import { fill, type Numbers } from "./numbers.ts";
import type { Lowering, Primitive, PrimitiveTable } from "./primitive.ts";
import { type StepSlice, slicesByStep } from "./step-slices.ts";

type Scan = Operation<"scan">;

/**
 * A loop over a size, as ONNX's Scan: what it carries are Scan's states, tensors of which each iteration takes the slice of
 * its step are Scan's inputs, and the rest that the body uses it takes from the graph around.
 */
export const scan: Primitive<"scan"> = {
  // what is captured is named where the body uses it
  takesBlocks: ({ attributes }, input) => input >= attributes.body.carried.length,

  lower: (graph, operation, inputs) => {
    const { attributes, outputs } = operation;
    const { body, first, count } = attributes;
    const needed = neededOf(graph, operation);
    const slices = [...slicesByStep(body, needed.operations, value => graph.shapeOf(value)).values()];

    graph.openBody(operation);
    const states = needed.carried.map(i => graph.bodyInput(body.carried[i]!.value));
    const step = graph.bodyInput(body.step);
    const rows = new Map(
      slices.map(slice => {
        const [value] = slice.operation.outputs as [number];
        return [value, { slice, name: graph.bodyInput(value) }];
      }),
    );
    needed.carried.forEach((i, at) => {
      graph.bind(body.carried[i]!.value, states[at]!);
    });
    graph.bindStep(body.step, step);
    lowerBody(graph, needed.operations, rows);

    // the graph around: the steps as [count, 1], and of each tensor the part that the steps go through
    const last = graph.sizeScalar(sumOf(count, first));
    const steps = graph.node("Range", [graph.scalar("int64", first), last, graph.scalar("int64", 1)]);
    const sources = [
      graph.node("Unsqueeze", [steps, graph.ints(1)]),
      ...slices.map(slice => part(graph, slice, first, count)),
    ];
    const results = [
      ...needed.carried.map(i => body.carried[i]!.next),
      ...needed.stacked.map(i => body.outputs[i]!),
    ];
    const names = graph.closeBody("Scan", [...needed.carried.map(i => inputs[i]!), ...sources], results, {
      num_scan_inputs: sources.length,
      scan_input_axes: [0, ...slices.map(({ operation: { attributes } }) => attributes.dim)],
      scan_input_directions: [0, ...slices.map(({ forwards }) => (forwards ? 0 : 1))],
    });
    const named = new Map<number, string>();
    needed.carried.forEach((i, at) => {
      named.set(i, names[at]!);
    });
    needed.stacked.forEach((i, at) => {
      named.set(body.carried.length + i, names[needed.carried.length + at]!);
    });
    return outputs.map((_, i) => named.get(i) ?? "");
  },

  evaluate: (operation, inputs, scope) => {
    const { body, first, count } = operation.attributes;
    const captured = operation.inputs.slice(body.carried.length).map((value, i) => {
      return [value!, inputs[body.carried.length + i]!] as const;
    });
    let states = inputs.slice(0, body.carried.length) as Numbers[];
    const rows: Numbers[][] = body.outputs.map(() => []);
    const total = scope.size(count);
    for (let step = first; step < first + total; step++) {
      const values = new Map<number, Numbers>(captured);
      values.set(
        body.step,
        fill("int64", [], () => step),
      );
      body.carried.forEach(({ value }, i) => {
        values.set(value, states[i]!);
      });
      scope.inside(body.operations, values);
      states = body.carried.map(({ next }) => values.get(next)!);
      body.outputs.forEach((value, i) => {
        rows[i]!.push(values.get(value)!);
      });
    }
    const stacked = rows.map((row, i) =>
      stack(row, scope.dtypeOf(body.outputs[i]!), () => [0, ...scope.shapeOf(body.outputs[i]!)]),
    );
    return [...states, ...stacked];
  },
};

export const loops: Pick<PrimitiveTable, "scan"> = { scan };

interface NeededParts {
  /** Which of the carried, and which of the outputs, by index. */
  readonly carried: readonly number[];
  readonly stacked: readonly number[];
  readonly operations: readonly Operation[];
}

/** What of the body the outputs that something asks for rest on, through all iterations. */
function neededOf(graph: Lowering, { attributes: { body }, outputs }: Scan): NeededParts {
  const stacked = body.outputs.flatMap((_, i) =>
    graph.isWanted(outputs[body.carried.length + i]!) ? [i] : [],
  );
  const carried = new Set(body.carried.flatMap((_, i) => (graph.isWanted(outputs[i]!) ? [i] : [])));
  for (;;) {
    const values = new Set([
      ...stacked.map(i => body.outputs[i]!),
      ...[...carried].map(i => body.carried[i]!.next),
    ]);
    const operations = body.operations.toReversed().filter(operation => {
      if (!operation.outputs.some(output => values.has(output))) return false;
      for (const input of operation.inputs) if (input !== null) values.add(input);
      return true;
    });
    const more = body.carried.flatMap(({ value }, i) => (values.has(value) && !carried.has(i) ? [i] : []));
    if (more.length === 0) {
      for (const value of values) graph.want(value);
      return { carried: [...carried].sort((a, b) => a - b), stacked, operations: operations.reverse() };
    }
    for (const i of more) carried.add(i);
  }
}

/** Lowers operations; a row that Scan gives is there already, without its axis. */
function lowerBody(
  graph: Lowering,
  operations: readonly Operation[],
  rows: ReadonlyMap<number, { readonly slice: StepSlice; readonly name: string }>,
): void {
  for (const operation of operations) {
    const [output] = operation.outputs as [number];
    const own = rows.get(output);
    const taken = operation.primitive === "reshape" ? rows.get(operation.inputs[0]!) : undefined;
    if (taken?.slice.narrowed.has(operation)) graph.bind(output, taken.name);
    else if (own === undefined) graph.operation(operation);
    else if (own.slice.whole) {
      const { dim } = own.slice.operation.attributes;
      graph.bind(output, graph.node("Unsqueeze", [own.name, graph.ints(dim)]));
    }
  }
}

/** The part of a tensor that the steps go through, in the tensor's own order. */
function part(graph: Lowering, slice: StepSlice, first: number, count: Size): string {
  const { operation, offset, forwards } = slice;
  const source = operation.inputs[0]!;
  const name = graph.name(source);
  const start = forwards ? sumOf(offset, first) : differenceOf(sumOf(offset, 1 - first), count);
  const size = graph.shapeOf(source)[operation.attributes.dim]!;
  if (start === 0 && differenceOf(size, count) === 0) return name;
  return graph.node("Slice", [
    name,
    graph.size(start),
    graph.size(sumOf(start, count)),
    graph.ints(operation.attributes.dim),
  ]);
}

function stack(rows: readonly Numbers[], dtype: Numbers["dtype"], empty: () => readonly number[]): Numbers {
  const shape = rows[0] ? [rows.length, ...rows[0].shape] : empty();
  const width = rows[0]?.data.length ?? 1;
  return fill(dtype, shape, i => rows[Math.floor(i / width)]!.data[i % width]!);
}
