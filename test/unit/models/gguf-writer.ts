import {
  GGMLQuantizationType,
  type GGUFTypedMetadata,
  GGUFValueType,
  serializeGgufMetadata,
} from "@huggingface/gguf";

export interface TestTensor {
  readonly name: string;
  /** Outermost dimension first. */
  readonly shape: readonly number[];
  readonly type: keyof typeof GGMLQuantizationType;
  readonly data: Uint8Array;
}

type Values = Readonly<Record<string, string | number | boolean | readonly string[] | readonly number[]>>;

/** A GGUF file in memory. Numbers become uint32, those with a fraction float32. */
export function writeGguf(values: Values, tensors: readonly TestTensor[]): Buffer {
  const entries = Object.entries(values).map(([key, value]) => [key, typed(value)]);
  const metadata = {
    version: { value: 3, type: GGUFValueType.UINT32 },
    tensor_count: { value: BigInt(tensors.length), type: GGUFValueType.UINT64 },
    kv_count: { value: BigInt(entries.length), type: GGUFValueType.UINT64 },
    ...Object.fromEntries(entries),
  } as GGUFTypedMetadata;
  let offset = 0;
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  for (const tensor of tensors) {
    infos.push(tensorInfo(tensor, offset));
    const padded = pad(Buffer.from(tensor.data));
    data.push(padded);
    offset += padded.length;
  }
  // The serialiser pads for the data to follow at once; the tensor table comes first.
  const header = Buffer.from(serializeGgufMetadata(metadata, { alignment: 1 }));
  return Buffer.concat([pad(Buffer.concat([header, ...infos])), ...data]);
}

function tensorInfo({ name, shape, type }: TestTensor, offset: number): Buffer {
  const text = Buffer.from(name);
  const info = Buffer.alloc(8 + text.length + 4 + 8 * shape.length + 4 + 8);
  info.writeBigUInt64LE(BigInt(text.length));
  let at = 8 + text.copy(info, 8);
  at = info.writeUInt32LE(shape.length, at);
  for (const size of [...shape].reverse()) at = info.writeBigUInt64LE(BigInt(size), at);
  at = info.writeUInt32LE(GGMLQuantizationType[type], at);
  info.writeBigUInt64LE(BigInt(offset), at);
  return info;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 31)]);
}

function typed(value: Values[string]) {
  if (Array.isArray(value)) {
    const subType = typeof value[0] === "string" ? GGUFValueType.STRING : GGUFValueType.INT32;
    return { value, type: GGUFValueType.ARRAY, subType };
  }
  if (typeof value === "string") return { value, type: GGUFValueType.STRING };
  if (typeof value === "boolean") return { value, type: GGUFValueType.BOOL };
  return { value, type: Number.isInteger(value) ? GGUFValueType.UINT32 : GGUFValueType.FLOAT32 };
}
