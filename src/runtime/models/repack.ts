import { type FileHandle, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { requireSpace, writingTo } from "./disk-space.ts";
import { type GgufFile, type GgufTensor, readGguf } from "./gguf.ts";
import type { GgufArchitecture } from "./gguf-architectures.ts";
import {
  architectureOf,
  type HuggingFaceConfig,
  huggingFaceConfig,
  requireTensors,
  splitLayer,
} from "./gguf-config.ts";
import { huggingFaceTokenizer } from "./gguf-tokenizer.ts";
import { dequantised } from "./gguf-types.ts";
import { BLOCK, LAYOUT, PART_ALIGNMENT, partName, QUANTISED_PARTS } from "./layout.ts";
import { KEPT_TYPES, type KeptType } from "./quants.ts";

export interface RepackOptions {
  readonly signal?: AbortSignal;
  readonly onFraction?: (fraction: number) => void;
}

/** What a GGUF file says of the model in it; null where it does not. */
export interface RepackedModel {
  readonly name: string | null;
  readonly license: string | null;
}

/** As `repack`. */
export type Repack = (path: string, folder: string, options?: RepackOptions) => Promise<RepackedModel>;

/**
 * Writes a GGUF file's model into `folder` as Hugging Face lays it out, with the weights in our layout (layout.ts). Weights
 * pass through in chunks of about a megabyte, whatever the size of the model.
 * @throws Error that names the file and the tensor or key, or the folder where its disk has no room for the weights; the
 * signal's reason where it was cancelled.
 */
export const repack: Repack = async (path, folder, options = {}) => {
  const file = await readGguf(path);
  const { architecture } = architectureOf(file);
  const config = huggingFaceConfig(file, await readVectors(file, architecture));
  requireTensors(file, architecture, config.num_hidden_layers);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries({
    "config.json": config,
    "generation_config.json": generationConfig(config),
    ...huggingFaceTokenizer(file, config),
  })) {
    await writeFile(
      join(folder, name),
      `${JSON.stringify(content, null, name === "tokenizer.json" ? 0 : 2)}\n`,
    );
  }
  const tensors = [...file.tensors.values()]
    .filter(({ name }) => !architecture.vectors?.includes(name))
    .map(tensor => placeTensor(file, tensor, architecture, config));
  const planned = plan(tensors);
  await requireSpace(folder, planned.size);
  await writingTo(
    folder,
    () => planned.size,
    () => writeWeights(file, tensors, planned, join(folder, "model.safetensors"), options),
  );
  const said = (key: string): string | null => {
    const value = file.metadata[key];
    return typeof value === "string" ? value : null;
  };
  return { name: said("general.name"), license: said("general.license") };
};

/** Longest of the vectors that belong to a config, in bytes. */
const VECTOR_BYTES = 1 << 16;

/** The numbers of a file's tensors that belong to its config. */
async function readVectors(
  file: GgufFile,
  { vectors = [] }: GgufArchitecture,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const found = new Map<string, readonly number[]>();
  const input = await open(file.path, "r");
  try {
    for (const name of vectors) {
      const tensor = file.tensors.get(name);
      if (tensor === undefined || tensor.bytes > VECTOR_BYTES) continue;
      const stored = Buffer.alloc(tensor.bytes);
      await readAll(input, stored, tensor.start);
      found.set(name, [...dequantised(tensor.type, stored)]);
    }
  } finally {
    await input.close();
  }
  return found;
}

function generationConfig(config: HuggingFaceConfig): Record<string, unknown> {
  const { bos_token_id, eos_token_id, pad_token_id } = config;
  return { bos_token_id, eos_token_id, pad_token_id };
}

/** A tensor of the source and what becomes of it. */
interface Placed {
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

function placeTensor(
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

interface PlannedFile {
  /** Its first bytes, up to the first tensor. */
  readonly head: Buffer;
  /** Where each part starts. */
  readonly starts: ReadonlyMap<string, number>;
  /** In bytes. */
  readonly size: number;
}

function plan(tensors: readonly Placed[]): PlannedFile {
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

async function writeWeights(
  file: GgufFile,
  tensors: readonly Placed[],
  { head, starts, size }: PlannedFile,
  path: string,
  { signal, onFraction }: RepackOptions,
): Promise<void> {
  const total = tensors.reduce((sum, tensor) => sum + tensor.source.bytes, 0);
  let done = 0;
  const input = await open(file.path, "r");
  const output = await open(path, "w");
  try {
    await output.truncate(size);
    await writeAll(output, head, 0);
    for (const tensor of tensors) {
      for await (const bytes of writeTensor(input, output, tensor, starts)) {
        signal?.throwIfAborted();
        done += bytes;
        onFraction?.(done / total);
      }
    }
    await output.sync();
  } finally {
    await output.close();
    await input.close();
  }
}

/** Source bytes that are taken apart at a time. */
const CHUNK_BYTES = 1 << 20;

/** Writes a tensor's parts in chunks of rows; yields the source bytes of each chunk. */
async function* writeTensor(
  input: FileHandle,
  output: FileHandle,
  tensor: Placed,
  starts: ReadonlyMap<string, number>,
): AsyncGenerator<number> {
  const { source, kept, rows, columns, headRows } = tensor;
  const sourceRow = source.bytes / rows;
  // what is transposed goes through memory whole
  const chunkRows = tensor.transposed ? rows : headRows || Math.max(1, Math.floor(CHUNK_BYTES / sourceRow));
  const columnBlocks = columns / BLOCK;
  const offsets = kept?.kind === "q4_1" ? new Float32Array(columnBlocks * rows) : null;
  const start = (suffix: string): number =>
    starts.get(kept === null ? tensor.name : partName(tensor.name, kept.kind, suffix))!;
  for (let first = 0; first < rows; first += chunkRows) {
    const count = Math.min(chunkRows, rows - first);
    const stored = Buffer.alloc(count * sourceRow);
    await readAll(input, stored, source.start + first * sourceRow);
    const chunk = headRows ? undoRotaryOrder(stored, headRows) : stored;
    const parts = kept === null ? { plain: plainRows(tensor, chunk) } : kept.unpack(chunk, count * columns);
    for (const [suffix, values] of Object.entries(parts)) {
      if (suffix === "offsets" && offsets !== null) {
        for (let row = 0; row < count; row++) {
          for (let block = 0; block < columnBlocks; block++) {
            offsets[block * rows + first + row] = values[row * columnBlocks + block]!;
          }
        }
      } else {
        await writeAll(output, values, start(suffix) + first * (values.byteLength / count));
      }
    }
    yield stored.length;
  }
  if (offsets !== null) await writeAll(output, offsets, start("offsets"));
}

/** Whole rows as plain numbers. */
function plainRows(tensor: Placed, stored: Buffer): Uint8Array | Float32Array {
  const { source, rows, columns, shift } = tensor;
  if (tensor.dtype === source.type && shift === 0 && !tensor.transposed) return stored;
  const values = dequantised(source.type, stored);
  if (shift !== 0) for (let i = 0; i < values.length; i++) values[i]! += shift;
  if (!tensor.transposed) return values;
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = values[row * columns + column]!;
    }
  }
  return turned;
}

/**
 * llama.cpp stores channel pair (i, i + half) of a head as neighbouring rows 2i and 2i + 1; Hugging Face has the halves
 * one after the other.
 */
function undoRotaryOrder(stored: Buffer, headRows: number): Buffer {
  const rowBytes = stored.length / headRows;
  const ordered = Buffer.alloc(stored.length);
  for (let row = 0; row < headRows; row++) {
    const from = row < headRows / 2 ? 2 * row : 2 * (row - headRows / 2) + 1;
    stored.copy(ordered, row * rowBytes, from * rowBytes, (from + 1) * rowBytes);
  }
  return ordered;
}

async function readAll(file: FileHandle, buffer: Buffer, position: number): Promise<void> {
  for (let done = 0; done < buffer.length; ) {
    const { bytesRead } = await file.read(buffer, done, buffer.length - done, position + done);
    if (bytesRead === 0) throw new Error(t("A file became shorter while it was read."));
    done += bytesRead;
  }
}

async function writeAll(
  file: FileHandle,
  values: Uint8Array | Float32Array,
  position: number,
): Promise<void> {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
