import { t } from "../../shared/l10n.ts";
import type { GgufFile, GgufTensor } from "./gguf.ts";
import type { GgufArchitecture } from "./gguf-architectures.ts";
import { type HuggingFaceConfig, splitLayer } from "./gguf-config.ts";
import { LAYOUT, PART_ALIGNMENT, partName, QUANTISED_PARTS } from "./layout.ts";
import { KEPT_TYPES, type KeptType } from "./quants.ts";

/** A tensor of the source and what becomes of it. */
export interface Placed {
  readonly source: GgufTensor;
  readonly name: string;
  /** How it stays in few bits; null where it becomes plain numbers. */
  readonly kept: KeptType | null;
  /** Of the plain numbers: as they are stored, or float32. */
  readonly dtype: "F16" | "F32";
  readonly rows: number;
  readonly columns: number;
  /** It is stored as [columns, rows]. */
  readonly transposed: boolean;
  /** What is added to every number. */
  readonly shift: number;
  /** Rows in one head, whose rotary order is undone; 0 where rows stay as they are. */
  readonly headRows: number;
}

/** @throws Error naming the tensor that the architecture does not have, or whose rows are none of heads. */
export function placeTensor(
  file: GgufFile,
  source: GgufTensor,
  architecture: GgufArchitecture,
  config: HuggingFaceConfig,
): Placed {
  const { pattern, layer } = splitLayer(source.name);
  const name = architecture.tensors[pattern]?.replace("{n}", layer);
  if (name === undefined) {
    throw new Error(t("{0}: tensor {1} is not one that this architecture has.", file.path, source.name));
  }
  const columns = source.shape.at(-1) ?? 1;
  const rows = source.shape.length > 1 ? source.shape.slice(0, -1).reduce((a, b) => a * b, 1) : 1;
  const heads = architecture.rotaryRows?.[pattern];
  const headRows = heads === undefined ? 0 : rows / config[heads];
  if (headRows % 2 !== 0) {
    throw new Error(t("{0}: the rows of tensor {1} do not divide into heads.", file.path, source.name));
  }
  const transposed = architecture.transposed?.includes(pattern) ?? false;
  const shift = architecture.plusOne?.includes(pattern) ? -1 : 0;
  const changed = transposed || shift !== 0;
  return {
    source,
    name,
    // the layout is one of matrices
    kept: changed || source.shape.length !== 2 ? null : (KEPT_TYPES[source.type] ?? null),
    dtype: source.type === "F16" && !changed ? "F16" : "F32",
    rows,
    columns,
    transposed,
    shift,
    headRows,
  };
}

/** Where a part goes in the file. */
interface PlannedPart {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
}

const DTYPE_BYTES: Readonly<Record<string, number>> = { U8: 1, F16: 2, F32: 4 };

function partsOf(tensor: Placed): PlannedPart[] {
  const { kept, source, rows, columns } = tensor;
  const shapeOf = () => (tensor.transposed ? [columns, rows] : source.shape);
  const plain = { suffix: null, dtype: tensor.dtype as string, shape: shapeOf };
  const parts = kept === null ? [plain] : QUANTISED_PARTS[kept.kind];
  return parts.map(part => {
    const shape = part.shape(rows, columns);
    return {
      name: part.suffix === null ? tensor.name : partName(tensor.name, kept!.kind, part.suffix),
      dtype: part.dtype,
      shape,
      bytes: shape.reduce((product, size) => product * size, DTYPE_BYTES[part.dtype]!),
    };
  });
}

/** The file of weights that is written. */
export interface PlannedFile {
  /** Its first bytes, up to the first tensor. */
  readonly head: Buffer;
  /** Where each part starts. */
  readonly starts: ReadonlyMap<string, number>;
  /** In bytes. */
  readonly size: number;
}

/** Where every part of the tensors goes in their file. */
export function plan(tensors: readonly Placed[]): PlannedFile {
  const header: Record<string, unknown> = { __metadata__: LAYOUT };
  const offsets = new Map<string, number>();
  let end = 0;
  for (const { name, dtype, shape, bytes } of tensors.flatMap(partsOf)) {
    header[name] = { dtype, shape, data_offsets: [end, end + bytes] };
    offsets.set(name, end);
    end += bytes;
    // The format allows no holes, so what fills them has a name.
    const padding = -end & (PART_ALIGNMENT - 1);
    if (padding > 0) {
      const filler = { dtype: "U8", shape: [padding], data_offsets: [end, end + padding] };
      header[`${name}.padding`] = filler;
      end += padding;
    }
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = json.length + (-(json.length + 8) & (PART_ALIGNMENT - 1));
  const head = Buffer.alloc(8 + padded, " ");
  head.writeBigUInt64LE(BigInt(padded));
  json.copy(head, 8);
  const starts = new Map([...offsets].map(([name, offset]) => [name, head.length + offset]));
  return { head, starts, size: head.length + end };
}
