import { eachIndex, type Numbers, ROUND, sizeOf, stridesOf } from "./numbers.ts";
import type { PrimitiveTable } from "./primitive.ts";

/** Windows that move over the spatial dimensions of [n, c, spatial…]. */
export const spatials: Pick<PrimitiveTable, "conv" | "conv_transpose" | "pool"> = {
  conv: {
    lower: (graph, { inputs, attributes: { strides, pads, dilations, groups } }, [x, weight, bias]) => [
      graph.typed(graph.dtypeOf(inputs[0]!), "Conv", [x!, weight!, bias ?? ""], {
        strides,
        pads,
        dilations,
        group: groups,
      }),
    ],
    evaluate: ({ attributes: { strides, pads, dilations, groups } }, [x, weight, bias]) => {
      const kernel = weight!.shape.slice(2);
      const out = kernel.map((size, i) => {
        const padded = x!.shape[i + 2]! + pads[i]! + pads[i + kernel.length]!;
        return Math.floor((padded - dilations[i]! * (size - 1) - 1) / strides[i]!) + 1;
      });
      const [channelsOut, channelsIn] = weight!.shape as [number, number];
      const shape = [x!.shape[0]!, channelsOut, ...out];
      const [xSteps, wSteps] = [stridesOf(x!.shape), stridesOf(weight!.shape)];
      return [
        compute(x!, shape, index => {
          const [n, channel] = index as [number, number];
          const first = Math.floor(channel / (channelsOut / groups)) * channelsIn;
          let sum = bias?.data[channel] ?? 0;
          eachIndex([channelsIn, ...kernel], ([c, ...k]) => {
            let at = n * xSteps[0]! + (first + c!) * xSteps[1]!;
            let w = channel * wSteps[0]! + c! * wSteps[1]!;
            for (let i = 0; i < k.length; i++) {
              const position = index[i + 2]! * strides[i]! - pads[i]! + k[i]! * dilations[i]!;
              if (position < 0 || position >= x!.shape[i + 2]!) return;
              at += position * xSteps[i + 2]!;
              w += k[i]! * wSteps[i + 2]!;
            }
            sum += x!.data[at]! * weight!.data[w]!;
          });
          return sum;
        }),
      ];
    },
  },

  conv_transpose: {
    lower: (graph, { inputs, attributes }, [x, weight, bias]) => [
      graph.typed(graph.dtypeOf(inputs[0]!), "ConvTranspose", [x!, weight!, bias ?? ""], {
        strides: attributes.strides,
        pads: attributes.pads,
        dilations: attributes.dilations,
        group: attributes.groups,
        output_padding: attributes.outputPadding,
      }),
    ],
    evaluate: ({ attributes }, [x, weight, bias]) => {
      const { strides, pads, dilations, groups, outputPadding } = attributes;
      const kernel = weight!.shape.slice(2);
      const [channelsIn, perGroup] = weight!.shape as [number, number];
      const out = kernel.map(
        (size, i) =>
          (x!.shape[i + 2]! - 1) * strides[i]! -
          pads[i]! -
          pads[i + kernel.length]! +
          dilations[i]! * (size - 1) +
          outputPadding[i]! +
          1,
      );
      const shape = [x!.shape[0]!, perGroup * groups, ...out];
      const steps = stridesOf(shape);
      const wSteps = stridesOf(weight!.shape);
      const sums = new Float64Array(sizeOf(shape));
      eachIndex(x!.shape, (index, flat) => {
        const [n, channel] = index as [number, number];
        const first = Math.floor(channel / (channelsIn / groups)) * perGroup;
        eachIndex([perGroup, ...kernel], ([c, ...k]) => {
          let at = n * steps[0]! + (first + c!) * steps[1]!;
          let w = channel * wSteps[0]! + c! * wSteps[1]!;
          for (let i = 0; i < k.length; i++) {
            const position = index[i + 2]! * strides[i]! - pads[i]! + k[i]! * dilations[i]!;
            if (position < 0 || position >= out[i]!) return;
            at += position * steps[i + 2]!;
            w += k[i]! * wSteps[i + 2]!;
          }
          sums[at]! += x!.data[flat]! * weight!.data[w]!;
        });
      });
      return [compute(x!, shape, (index, flat) => sums[flat]! + (bias?.data[index[1]!] ?? 0))];
    },
  },

  /** The greatest of a window passes over NaN in a graph, and is no less than the lowest finite number. */
  pool: {
    lower: (graph, { inputs, attributes }, [x]) => {
      const { kind, kernel, strides, pads, dilations, ceilMode, countIncludePad } = attributes;
      const shared = { kernel_shape: kernel, strides, pads, dilations, ceil_mode: ceilMode };
      const dtype = graph.dtypeOf(inputs[0]!);
      return [
        kind === "max"
          ? graph.typed(dtype, "MaxPool", [x!], shared)
          : graph.typed(dtype, "AveragePool", [x!], { ...shared, count_include_pad: countIncludePad }),
      ];
    },
    evaluate: ({ attributes }, [x]) => {
      const { kind, kernel, strides, pads, dilations, ceilMode, countIncludePad } = attributes;
      const spatial = x!.shape.slice(2);
      const out = kernel.map((size, i) => {
        const span = spatial[i]! + pads[i]! + pads[i + kernel.length]! - dilations[i]! * (size - 1) - 1;
        const count = (ceilMode ? Math.ceil : Math.floor)(span / strides[i]!) + 1;
        // a window that would begin in the padding behind the input is dropped
        return ceilMode && (count - 1) * strides[i]! >= spatial[i]! + pads[i]! ? count - 1 : count;
      });
      const steps = stridesOf(x!.shape);
      return [
        compute(x!, [...x!.shape.slice(0, 2), ...out], index => {
          let sum = 0;
          let largest = -Infinity;
          let inside = 0;
          let counted = 0;
          eachIndex(kernel, k => {
            let at = index[0]! * steps[0]! + index[1]! * steps[1]!;
            let isInside = true;
            let isCounted = true;
            for (let i = 0; i < k.length; i++) {
              const position = index[i + 2]! * strides[i]! - pads[i]! + k[i]! * dilations[i]!;
              if (position < 0 || position >= spatial[i]!) isInside = false;
              if (position >= spatial[i]! + pads[i + k.length]!) isCounted = false;
              at += position * steps[i + 2]!;
            }
            if (isCounted) counted++;
            if (!isInside) return;
            inside++;
            sum += x!.data[at]!;
            largest = Math.max(largest, x!.data[at]!);
          });
          return kind === "max" ? largest : sum / (countIncludePad ? counted : inside);
        }),
      ];
    },
  },
};

function compute(
  x: Numbers,
  shape: readonly number[],
  element: (index: readonly number[], flat: number) => number,
): Numbers {
  const data = new Float64Array(sizeOf(shape));
  const round = ROUND[x.dtype];
  eachIndex(shape, (index, flat) => {
    data[flat] = round(element(index, flat));
  });
  return { dtype: x.dtype, shape, data };
}
