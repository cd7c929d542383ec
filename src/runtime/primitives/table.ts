import { binaries } from "./binary.ts";
import { indexings } from "./indexing.ts";
import { leaves } from "./leaves.ts";
import type { PrimitiveTable } from "./primitive.ts";
import { products } from "./product.ts";
import { reductions } from "./reduction.ts";
import { resize } from "./resize.ts";
import { loops } from "./scan.ts";
import { shapes } from "./shape.ts";
import { spatials } from "./spatial.ts";
import { unaries } from "./unary.ts";

/** Every primitive: how it becomes nodes of a graph, and how it is computed. */
export const PRIMITIVES: PrimitiveTable = {
  ...leaves,
  ...unaries,
  ...binaries,
  ...shapes,
  ...indexings,
  ...reductions,
  ...products,
  ...spatials,
  ...loops,
  resize,
};
