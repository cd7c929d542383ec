import { createHash } from "node:crypto";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { Trace, TracedParameter } from "../../shared/trace.ts";
import { requireSpace, writingTo } from "../models/disk-space.ts";
import { sizeOf } from "../primitives/numbers.ts";
import { createNormal } from "../session/sampling.ts";
import { writeSafetensors } from "../weights/safetensors.ts";

/** Weights that mean nothing are not worth more of the disk than this. */
const MAX_BYTES = 2 ** 30;

/** Every source gets the same numbers every time. */
const SEED = 1;

/**
 * A folder with weights for every parameter of a trace, drawn from a seeded generator and kept: matrices normal with
 * variance 1 / fan-in, so that activations keep their size; vectors ones, biases zeros.
 * @throws TooManyWeightsError when that would take more than 1 GiB; Error that names the folder where its disk is full.
 */
export async function randomWeights(trace: Trace, folder: string): Promise<string> {
  const parameters = trace.parameters.filter(parameter => parameter.kind === "parameter");
  const bytes = parameters.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes > MAX_BYTES) throw new TooManyWeightsError(trace.class, bytes);
  const identity = JSON.stringify([SEED, parameters.map(({ name, shape }) => [name, shape])]);
  const target = join(folder, createHash("sha256").update(identity).digest("hex").slice(0, 32));
  const file = join(target, "model.safetensors");
  if (await stat(file).catch(() => null)) return target;
  await requireSpace(folder, bytes);
  const unfinished = `${file}.${process.pid}`;
  const plan = parameters.map(({ name, shape }) => ({ name, shape, dtype: "float32" as const }));
  const write = async (): Promise<void> => {
    await mkdir(target, { recursive: true });
    await writeSafetensors(unfinished, plan, i => randomTensor(parameters[i]!).data);
    await rename(unfinished, file);
  };
  try {
    await writingTo(folder, () => bytes, write);
    return target;
  } finally {
    await rm(unfinished, { force: true });
  }
}

export class TooManyWeightsError extends Error {
  constructor(className: string, bytes: number) {
    super(
      t(
        "Random weights for {0} would take {1} GB; give it a smaller config or a checkpoint.",
        className,
        (bytes / 1e9).toFixed(1),
      ),
    );
    this.name = "TooManyWeightsError";
  }
}

/** Depends on the parameter's name and shape alone, so that it stays the same when others come and go. */
export function randomTensor({ name, shape }: Pick<TracedParameter, "name" | "shape">): Tensor {
  const data = new Float32Array(sizeOf(shape));
  if (shape.length >= 2) {
    const deviation = 1 / Math.sqrt(sizeOf(shape.slice(1)));
    const normal = createNormal(createHash("sha256").update(`${SEED} ${name}`).digest().readUInt32LE());
    for (let i = 0; i < data.length; i++) data[i] = deviation * normal();
  } else if (!name.endsWith("bias")) {
    data.fill(1);
  }
  return { dtype: "float32", shape, data: new Uint8Array(data.buffer) };
}
