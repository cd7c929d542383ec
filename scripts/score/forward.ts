import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bindingsOf, specsOf } from "../../src/runtime/live/inputs.ts";
import type { Live } from "../../src/runtime/live/live.ts";
import { numbers } from "../../src/runtime/session/numbers.ts";
import { readSafetensors } from "../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../src/shared/dtype.ts";
import { type Score, scoreEach } from "./score.ts";

/** Largest difference that counts as the same, over the standard deviation of what PyTorch computed. */
export const TOLERANCE = 1e-3;

/** Arguments of forward by name, and PyTorch's `output`; a second of other sizes, where the model takes it. */
export const RUNS = ["io.safetensors", "io2.safetensors"] as const;

/** Names of the cases in a folder: each a checkpoint with `case.json` and its runs. */
export function forwardCases(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => existsSync(join(folder, name, "case.json")))
    .sort();
}

/** A model counts if every run of it is within the tolerance. */
export function scoreForward(
  folder: string,
  names: readonly string[],
  live: Live,
  transformers: string,
  onScore?: (score: Score) => void,
): Promise<Score[]> {
  return scoreEach(names, name => scoreCase(join(folder, name), name, live, transformers), onScore);
}

async function scoreCase(folder: string, name: string, live: Live, transformers: string): Promise<Score> {
  const description = readFileSync(join(folder, "case.json"), "utf8");
  // Python writes the deviation of a single number as a bare word.
  const { file, class: className } = JSON.parse(description.replaceAll(/\bNaN\b/g, "null"));
  let error = 0;
  for (const run of RUNS.filter(run => existsSync(join(folder, run)))) {
    try {
      const { output: wanted, ...inputs } = Object.fromEntries(await readSafetensors(join(folder, run)));
      const specs = specsOf(inputs);
      const model = await live.open({
        source: join(transformers, "transformers", file),
        class: className,
        checkpoint: folder,
        transformers,
        inputs: specs,
        sizes: bindingsOf(specs, inputs),
      });
      try {
        const { output } = await model.run({ inputs });
        const apart = difference(output, wanted!);
        if (typeof apart === "string") return { name, reason: `${run}: ${apart}`, error: null };
        error = Math.max(error, apart);
      } finally {
        model.dispose();
      }
    } catch (problem) {
      return { name, reason: `${run}: ${problem instanceof Error ? problem.message : problem}`, error: null };
    }
  }
  return { name, reason: error <= TOLERANCE ? null : `the difference is ${error.toExponential(2)}`, error };
}

/** Largest difference over the standard deviation of `wanted`, or why they cannot be compared. */
export function difference(got: Tensor, wanted: Tensor): number | string {
  if (String(got.shape) !== String(wanted.shape)) return `the shape is ${got.shape}, not ${wanted.shape}`;
  const [a, b] = [Array.from(numbers(got)), Array.from(numbers(wanted))];
  // A mask makes logits infinite in PyTorch too.
  if (!a.every((x, i) => Number.isFinite(x) || x === b[i])) return "the output is not finite";
  if (b.length === 1) return Math.abs(a[0]! - b[0]!) / (Math.abs(b[0]!) + 1e-9);
  const finite = b.filter(Number.isFinite);
  const mean = finite.reduce((sum, x) => sum + x, 0) / finite.length;
  const spread = Math.sqrt(finite.reduce((sum, x) => sum + (x - mean) ** 2, 0) / finite.length);
  // Numbers that are all the same are measured by themselves.
  const deviation = spread > 1e-6 * Math.abs(mean) ? spread : Math.abs(mean);
  return (
    a.reduce((most, x, i) => Math.max(most, x === b[i] ? 0 : Math.abs(x - b[i]!)), 0) / (deviation + 1e-9)
  );
}
