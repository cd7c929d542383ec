import { fill, type Numbers, scalarNumber } from "./numbers.ts";
import type { PrimitiveTable } from "./primitive.ts";

/** A range of so many numbers or fewer is a constant; a longer one is computed when the session is created. */
const CONSTANT_RANGE = 1 << 14;

/** What depends on no tensor. */
export const leaves: Pick<PrimitiveTable, "const" | "size" | "fill" | "range"> = {
  const: {
    lower: (graph, { outputs, attributes }) => {
      const shape = graph.shapeOf(outputs[0]!) as readonly number[];
      return [graph.constant(graph.dtypeOf(outputs[0]!), shape, attributes.data)];
    },
    evaluate: ({ outputs, attributes }, _, scope) => [
      fill(scope.dtypeOf(outputs[0]!), scope.shapeOf(outputs[0]!), i => scalarNumber(attributes.data[i]!)),
    ],
  },

  size: {
    lower: (graph, { attributes }) => [graph.sizeScalar(attributes.value)],
    evaluate: ({ attributes }, _, scope) => [fill("int64", [], () => scope.size(attributes.value))],
  },

  fill: {
    lower: (graph, { attributes }, [value]) => [
      attributes.shape.length === 0 ? value! : graph.node("Expand", [value!, graph.sizes(attributes.shape)]),
    ],
    evaluate: ({ attributes }, [value], scope) => [
      fill(
        value!.dtype,
        attributes.shape.map(size => scope.size(size)),
        () => value!.data[0]!,
      ),
    ],
  },

  range: {
    lower: (graph, { outputs, attributes: { start, step, count } }) => {
      const dtype = graph.dtypeOf(outputs[0]!);
      if (typeof start === "number" && typeof step === "number" && typeof count === "number") {
        if (count <= CONSTANT_RANGE) {
          const data = Array.from({ length: count }, (_, i) => start + step * i);
          return [graph.constant(dtype, [count], data)];
        }
      }
      const index = graph.node("Range", [
        graph.scalar("int64", 0),
        graph.sizeScalar(count),
        graph.scalar("int64", 1),
      ]);
      // whole numbers are counted as such; others in double, as PyTorch does
      const whole = [start, step].every(x => typeof x !== "number" || Number.isInteger(x));
      const counted = whole ? "int64" : "float64";
      const operand = (x: typeof start) =>
        typeof x === "number" ? graph.scalar(counted, x) : graph.cast(graph.sizeScalar(x), "int64", counted);
      let result = graph.cast(index, "int64", counted);
      if (step !== 1) result = graph.node("Mul", [result, operand(step)]);
      if (start !== 0) result = graph.node("Add", [result, operand(start)]);
      return [graph.cast(result, counted, dtype)];
    },
    evaluate: ({ outputs, attributes }, _, scope): Numbers[] => {
      const [start, step] = [scope.size(attributes.start), scope.size(attributes.step)];
      const count = Math.max(0, scope.size(attributes.count));
      return [fill(scope.dtypeOf(outputs[0]!), [count], i => start + step * i)];
    },
  },
};
