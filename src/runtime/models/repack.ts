import { type FileHandle, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { type GgufFile, type GgufTensor, type GgufType, readGguf } from "./gguf.ts";
import {
  type GgufArchitecture,
  type HuggingFaceConfig,
  huggingFaceConfig,
  requireTensors,
  splitLayer,
} from "./gguf-architectures.ts";
import { huggingFaceTokenizer } from "./gguf-tokenizer.ts";
import { LAYOUT, PART_ALIGNMENT, partName, QUANTISED_PARTS, type QuantisedKind } from "./layout.ts";
import { UNPACK } from "./quants.ts";

export interface RepackOptions {
  readonly signal?: AbortSignal;
  readonly onFraction?: (fraction: number) => void;
}

/**
 * Writes a GGUF file's model into `folder` as Hugging Face lays it out, with the weights in our layout (layout.ts). Weights
 * pass through in chunks of about a megabyte, whatever the size of the model.
 * @throws Error that names the file and the tensor or key; the signal's reason where it was cancelled.
 */
export async function repack(path: string, folder: string, options: RepackOptions = {}): Promise<void> {
  const file = await readGguf(path);
  const { architecture, config } = huggingFaceConfig(file);
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
  const tensors = [...file.tensors.values()].map(tensor => placeTensor(file, tensor, architecture, config));
  await writeWeights(file, tensors, join(folder, "model.safetensors"), options);
}

function generationConfig(config: HuggingFaceConfig): Record<string, unknown> {
  const { bos_token_id, eos_token_id, pad_token_id } = config;
  return { bos_token_id, eos_token_id, pad_token_id };
}

/** How each type of GGUF is stored; the others are stored plainly, in the type of the same name. */
const KIND: Readonly<Partial<Record<GgufType, QuantisedKind>>> = { Q4_1: "q4_1", Q8_0: "q8_0" };

/** A tensor of the source and what becomes of it. */
interface Placed {
  readonly source: GgufTensor;
  readonly name: string;
  readonly kind: QuantisedKind | null;
  readonly rows: number;
  readonly columns: number;
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
  const heads = architecture.rotaryRows[pattern];
  const headRows = heads === undefined ? 0 : rows / config[heads];
  if (headRows % 2 !== 0) {
    throw new Error(t("{0}: the rows of tensor {1} do not divide into heads.", file.path, source.name));
  }
  return { source, name, kind: KIND[source.type] ?? null, rows, columns, headRows };
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
  const plain = { suffix: null, dtype: tensor.source.type as string, shape: () => tensor.source.shape };
  const parts = tensor.kind === null ? [plain] : QUANTISED_PARTS[tensor.kind];
  return parts.map(part => {
    const shape = part.shape(tensor.rows, tensor.columns);
    return {
      name: part.suffix === null ? tensor.name : partName(tensor.name, tensor.kind!, part.suffix),
      dtype: part.dtype,
      shape,
      bytes: shape.reduce((product, size) => product * size, DTYPE_BYTES[part.dtype]!),
    };
  });
}

/** The file's first bytes, up to the first tensor, and where each part starts. */
function plan(tensors: readonly Placed[]): { head: Buffer; starts: Map<string, number>; size: number } {
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
  path: string,
  { signal, onFraction }: RepackOptions,
): Promise<void> {
  const { head, starts, size } = plan(tensors);
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
  const { source, kind, rows, columns, headRows } = tensor;
  const sourceRow = source.bytes / rows;
  const chunkRows = headRows || Math.max(1, Math.floor(CHUNK_BYTES / sourceRow));
  const columnBlocks = QUANTISED_PARTS.q4_1[2]!.shape(rows, columns)[0]!;
  const transposed = kind === "q4_1" ? new Float32Array(columnBlocks * rows) : null;
  const start = (suffix: string): number =>
    starts.get(kind === null ? tensor.name : partName(tensor.name, kind, suffix))!;
  for (let first = 0; first < rows; first += chunkRows) {
    const count = Math.min(chunkRows, rows - first);
    const stored = Buffer.alloc(count * sourceRow);
    await readAll(input, stored, source.start + first * sourceRow);
    const chunk = headRows ? undoRotaryOrder(stored, headRows) : stored;
    const parts = kind === null ? { plain: chunk } : UNPACK[kind](chunk, count, columns);
    for (const [suffix, values] of Object.entries(parts)) {
      if (suffix === "offsets" && transposed !== null) {
        for (let row = 0; row < count; row++) {
          for (let block = 0; block < columnBlocks; block++) {
            transposed[block * rows + first + row] = values[row * columnBlocks + block]!;
          }
        }
      } else {
        await writeAll(output, values, start(suffix) + first * (values.byteLength / count));
      }
    }
    yield stored.length;
  }
  if (transposed !== null) await writeAll(output, transposed, start("offsets"));
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
