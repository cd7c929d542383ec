import { type FileHandle, mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import { requireSpace, writingTo } from "./disk-space.ts";
import { type GgufFile, readGguf } from "./gguf.ts";
import type { GgufArchitecture } from "./gguf-architectures.ts";
import { architectureOf, type HuggingFaceConfig, huggingFaceConfig, requireTensors } from "./gguf-config.ts";
import { huggingFaceTokenizer } from "./gguf-tokenizer.ts";
import { dequantised } from "./gguf-types.ts";
import { BLOCK, partName } from "./layout.ts";
import { type Placed, type PlannedFile, placeTensor, plan } from "./repack-plan.ts";

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
