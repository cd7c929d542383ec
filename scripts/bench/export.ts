import { copyFile, link, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { earlierSpecs } from "../../src/runtime/live/cache-inputs.ts";
import { readCheckpointFolder } from "../../src/runtime/live/checkpoint.ts";
import { SYMBOLS, specOf } from "../../src/runtime/live/inputs.ts";
import type { Live } from "../../src/runtime/live/live.ts";
import { describeFailure } from "../../src/runtime/live/source-error.ts";
import type { OpenRequest } from "../../src/runtime/live/types.ts";
import { cachedAttentions } from "../../src/runtime/onnx/fused/cached-attention.ts";
import { joinedProducts } from "../../src/runtime/onnx/fused/joined-products.ts";
import { type LoweredGraph, lower } from "../../src/runtime/onnx/lower.ts";
import { decodeModel, encodeModel } from "../../src/runtime/onnx/schema.ts";
import { losslessArithmetic } from "../../src/runtime/session/digits.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import type { InputSpec, Trace } from "../../src/shared/trace.ts";

/**
 * Lays out the graph of one step with a cache, with the kernels that generation runs, as transformers.js loads it: `onnx/model.onnx`
 * with outputs by the names of forward's, its weights beside it, and the small files of the checkpoint.
 */
export async function exportForTransformersJs(
  live: Live,
  { source, class: className, checkpoint, transformers }: OpenRequest & { readonly checkpoint: string },
  folder: string,
): Promise<void> {
  const { config } = await readCheckpointFolder(checkpoint);
  const weights = await openCheckpointWeights(checkpoint);
  const traceOn = async (inputs: readonly InputSpec[]): Promise<Trace> => {
    const checkpointNames = [...weights.names].sort();
    const common = { source, class: className, config, transformers, checkpointNames };
    const result = await live.trace({ ...common, inputs, cache: true });
    if (!result.ok) throw new Error(describeFailure(result.failure));
    return result.trace;
  };
  const ids = specOf("input_ids", "int64", [1, 1]);
  const step = await traceOn([ids, ...earlierSpecs([ids], SYMBOLS.sequence.symbol)]);
  const outputs = step.outputs.map(({ value }) => value);
  const fusions = [...cachedAttentions(step), ...joinedProducts(step, weights, new Set())];
  const graph = lower(step, weights, { outputs, fusions, arithmetic: await losslessArithmetic() });

  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), withOutputNames(graph, step));
  for (const name of await readdir(checkpoint)) {
    if (name.endsWith(".json")) await copyFile(join(checkpoint, name), join(folder, name));
    if (name.endsWith(".safetensors")) await linkOrCopy(join(checkpoint, name), join(folder, "onnx", name));
  }
}

/** The model with its outputs called as forward calls what it returns. */
function withOutputNames({ bytes, outputs }: LoweredGraph, trace: Trace): Uint8Array {
  const names = new Map(outputs.map(({ name }, i) => [name, trace.outputs[i]!.name]));
  const named = (name: string) => names.get(name) ?? name;
  const model = decodeModel(bytes);
  const { graph } = model;
  return encodeModel({
    ...model,
    graph: {
      ...graph,
      node: graph.node.map(node => ({
        ...node,
        input: node.input.map(named),
        output: node.output.map(named),
      })),
      output: graph.output.map(info => ({ ...info, name: named(info.name) })),
    },
  });
}

/** onnxruntime follows no symbolic link out of a model's folder. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}
