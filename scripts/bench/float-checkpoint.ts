import { copyFile, mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { lower } from "../../src/runtime/onnx/lower.ts";
import { GraphSession } from "../../src/runtime/session/graph-session.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import { writeSafetensors } from "../../src/runtime/weights/safetensors.ts";
import type { Trace } from "../../src/shared/trace.ts";
import { benchDirectory } from "./build.ts";

/** The same checkpoint with every weight unpacked to float32; made once and kept. */
export async function floatCheckpoint(trace: Trace, checkpoint: string): Promise<string> {
  const folder = join(benchDirectory, "float32");
  const file = join(folder, "model.safetensors");
  if (await stat(file).catch(() => null)) return folder;
  const weights = await openCheckpointWeights(checkpoint);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(checkpoint))
    if (name.endsWith(".json")) await copyFile(join(checkpoint, name), join(folder, name));
  const parameters = trace.values.flatMap(({ leaf, shape }, value) =>
    leaf?.kind === "parameter" ? [{ name: leaf.name, shape: shape as readonly number[], value }] : [],
  );
  const plan = parameters.map(({ name, shape }) => ({ name, shape, dtype: "float32" as const }));
  await writeSafetensors(`${file}.part`, plan, async i => {
    const { value } = parameters[i]!;
    const session = await GraphSession.create(lower(trace, weights, { outputs: [value] }), ["cpu"]);
    const values = await session.run([value], () => {
      throw new Error("a parameter rests on no input");
    });
    await session.release();
    return values.get(value)!.data;
  });
  await rename(`${file}.part`, file);
  return folder;
}
