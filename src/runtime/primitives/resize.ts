import type { DType } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { PrimitiveAttributes } from "../../shared/primitives.ts";
import type { Size } from "../../shared/size.ts";
import { eachIndex, type Numbers, ROUND, sizeOf, stridesOf } from "./numbers.ts";
import { type Lowering, NoGraphError, type PrimitiveTable } from "./primitive.ts";

type Attributes = PrimitiveAttributes["resize"];

/** Weights of the input positions that one output position along an axis is made of. */
type Taps = readonly (readonly [position: number, weight: number])[];

/** Interpolation over the spatial dimensions of [n, c, spatial…], as `torch.nn.functional.interpolate`. */
export const resize: PrimitiveTable["resize"] = {
  lower: (graph, { inputs, attributes }, [x]) => {
    const { mode, sizes, scales, alignCorners, antialias } = attributes;
    const dtype = graph.dtypeOf(inputs[0]!);
    const spatial = graph.shapeOf(inputs[0]!).slice(2);
    // onnxruntime smooths with other weights than PyTorch: a product with the right ones is what it is
    if (antialias) return [lowerAsProducts(graph, dtype, x!, spatial, attributes)];
    const nearest = mode === "nearest" || mode === "nearest-exact";
    const target =
      scales === null ? ["", graph.sizes(sizes)] : [graph.constant("float32", [scales.length], scales)];
    const options = {
      mode: nearest ? "nearest" : mode,
      axes: spatial.map((_, i) => i + 2),
      coordinate_transformation_mode: alignCorners
        ? "align_corners"
        : mode === "nearest"
          ? "asymmetric"
          : "half_pixel",
      nearest_mode: mode === "nearest" ? "floor" : mode === "nearest-exact" ? "round_prefer_ceil" : undefined,
      cubic_coeff_a: mode === "cubic" ? { float: cubicCoefficient(false) } : undefined,
    };
    return [graph.typed(dtype, "Resize", [x!, "", ...target], options, [0])];
  },

  evaluate: ({ attributes }, [x], scope) => {
    let result = x!;
    attributes.sizes.forEach((size, i) => {
      result = along(result, i + 2, tapsOf(attributes, i, x!.shape[i + 2]!, scope.size(size)));
    });
    const round = ROUND[x!.dtype];
    return [{ ...result, data: result.data.map(round) }];
  },
};

/** What each output position along a spatial dimension is made of. */
function tapsOf(attributes: Attributes, dimension: number, from: number, to: number): Taps[] {
  const { mode, scales, alignCorners, antialias } = attributes;
  const corners = to > 1 ? (from - 1) / (to - 1) : 0;
  const step = alignCorners ? corners : scales ? 1 / scales[dimension]! : from / to;
  return Array.from({ length: to }, (_, o): Taps => {
    if (mode === "nearest") return [[Math.min(Math.floor(o * step), from - 1), 1]];
    if (mode === "nearest-exact") return [[Math.min(Math.floor((o + 0.5) * step), from - 1), 1]];
    const centre = alignCorners ? o * step : (o + 0.5) * step - 0.5;
    return filterTaps(mode, centre, from, antialias ? Math.max(1, step) : 1, antialias);
  });
}

/** One product with a constant matrix for each spatial dimension. */
function lowerAsProducts(
  graph: Lowering,
  dtype: DType,
  x: string,
  spatial: readonly Size[],
  attributes: Attributes,
): string {
  return spatial.reduce((result: string, from, i) => {
    const to = attributes.sizes[i]!;
    if (typeof from !== "number" || typeof to !== "number") {
      throw new NoGraphError(
        t("smoothing needs an image of fixed sizes: give an example image, or pass antialias=False."),
      );
    }
    const matrix = new Array<number>(from * to).fill(0);
    tapsOf(attributes, i, from, to).forEach((taps, o) => {
      for (const [position, weight] of taps) matrix[position * to + o] = weight;
    });
    const weights = graph.constant(dtype, [from, to], matrix);
    // the dimension changes places with the last one for the product
    const rank = spatial.length + 2;
    const perm = Array.from({ length: rank }, (_, axis) => axis);
    [perm[i + 2], perm[rank - 1]] = [rank - 1, i + 2];
    const turned = graph.node("Transpose", [result], { perm });
    return graph.node("Transpose", [graph.typed(dtype, "MatMul", [turned, weights])], { perm });
  }, x);
}

/** Keys' cubic convolution: PyTorch takes −0.75, and −0.5 where it smooths. */
function cubicCoefficient(antialias: boolean): number {
  return antialias ? -0.5 : -0.75;
}

/** Input positions under the filter centred at `centre` and stretched by `width`; beyond the edge the edge is repeated. */
function filterTaps(
  mode: "linear" | "cubic",
  centre: number,
  size: number,
  width: number,
  antialias: boolean,
): Taps {
  const radius = (mode === "linear" ? 1 : 2) * width;
  const a = cubicCoefficient(antialias);
  const filter = (t: number) => {
    const d = Math.abs(t) / width;
    if (mode === "linear") return Math.max(0, 1 - d);
    if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
  };
  const taps: [number, number][] = [];
  let total = 0;
  for (let p = Math.floor(centre - radius); p <= Math.ceil(centre + radius); p++) {
    // smoothing leaves out what is beyond the edge, plain interpolation repeats the edge
    if (antialias && (p < 0 || p >= size)) continue;
    const weight = filter(p - centre);
    if (weight === 0) continue;
    taps.push([Math.min(Math.max(p, 0), size - 1), weight]);
    total += weight;
  }
  return taps.map(([position, weight]) => [position, weight / total]);
}

function along(x: Numbers, axis: number, taps: readonly Taps[]): Numbers {
  const shape = x.shape.with(axis, taps.length);
  const strides = stridesOf(x.shape);
  const data = new Float64Array(sizeOf(shape));
  eachIndex(shape, (index, flat) => {
    const base = index.reduce((at, i, d) => (d === axis ? at : at + i * strides[d]!), 0);
    let sum = 0;
    for (const [position, weight] of taps[index[axis]!]!)
      sum += x.data[base + position * strides[axis]!]! * weight;
    data[flat] = sum;
  });
  return { ...x, shape, data };
}
