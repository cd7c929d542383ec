import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LiveModel, OpenRequest } from "../../src/runtime/live/types.ts";
import { mediaDirectory } from "../../src/runtime/models/zoo.ts";
import { int64, numbers } from "../../src/runtime/session/numbers.ts";
import { fixturesDirectory, transformersDirectory } from "./paths.ts";

/** The two sources that a Llama's checkpoint has to give the same numbers on. */
export const LLAMA_SOURCES: readonly {
  readonly name: string;
  readonly request: Pick<OpenRequest, "source" | "class" | "transformers">;
}[] = [
  {
    name: "its reference source",
    request: {
      source: join(mediaDirectory(), "sources", "llama.py"),
      class: "LlamaForCausalLM",
      transformers: null,
    },
  },
  {
    name: "transformers' own source",
    request: {
      source: join(transformersDirectory(), "transformers", "models", "llama", "modeling_llama.py"),
      class: "LlamaForCausalLM",
      transformers: transformersDirectory(),
    },
  },
];

/** Made by scripts/fixtures/llama.py from transformers; what the fields mean is said there. */
export interface Prompt {
  /** Absent where the prompt is there for its length alone. */
  readonly text?: string;
  readonly ids: readonly number[];
  readonly argmax: readonly number[];
  readonly logsumexp: readonly number[];
  readonly projections: readonly (readonly number[])[];
  readonly sampled: readonly number[];
  readonly std: number;
  readonly greedy?: readonly number[];
}

const SAMPLED_EVERY = 97;
/** Largest difference of a logit. */
const TOLERANCE = 5e-4;

export async function referencePrompts(id: string): Promise<readonly Prompt[]> {
  const fixture = await readFile(join(fixturesDirectory("llama"), `${id}.json`), "utf8");
  return (JSON.parse(fixture) as { prompts: Prompt[] }).prompts;
}

/** Every position's largest logit, their sums and samples of them are what transformers gives. */
export async function assertReferenceLogits(model: LiveModel, prompt: Prompt): Promise<void> {
  const { output } = await model.run({ inputs: { input_ids: int64(prompt.ids, [1, prompt.ids.length]) } });
  const [, length, vocabulary] = output.shape as [number, number, number];
  assert.equal(length, prompt.ids.length);
  const logits = numbers(output) as Float32Array;
  const waves = wavesOf(vocabulary, prompt.projections[0]!.length);
  for (let position = 0; position < length; position++) {
    const row = logits.subarray(position * vocabulary, (position + 1) * vocabulary);
    assert.equal(indexOfLargest(row), prompt.argmax[position], `position ${position}`);
    assertClose(logSumExp(row), prompt.logsumexp[position]!, TOLERANCE);
    for (const [k, expected] of prompt.projections[position]!.entries()) {
      // Errors of single logits add up like a random walk.
      assertClose(product(row, waves[k]!), expected, TOLERANCE * Math.sqrt(vocabulary));
    }
  }
  const last = logits.subarray(-vocabulary);
  for (const [i, expected] of prompt.sampled.entries())
    assertClose(last[i * SAMPLED_EVERY]!, expected, TOLERANCE);
  assertClose(standardDeviation(logits), prompt.std, TOLERANCE);
}

/** What follows greedily is what transformers gives; the fixture goes on after a token that ends the text. */
export async function assertReferenceContinuation(
  model: LiveModel,
  { ids, greedy = [] }: Prompt,
): Promise<void> {
  const { tokens } = await model.generate({ prompt: ids, tokens: greedy.length, temperature: 0 });
  assert.ok(tokens.length > 0);
  assert.deepEqual(tokens, greedy.slice(0, tokens.length));
}

/** Mean cross-entropy, in nats, of every next token of rows of equal length. */
export async function lossOf(model: LiveModel, rows: readonly (readonly number[])[]): Promise<number> {
  const length = rows[0]!.length;
  const { output } = await model.run({ inputs: { input_ids: int64(rows.flat(), [rows.length, length]) } });
  const vocabulary = output.shape[2]!;
  const logits = numbers(output) as Float32Array;
  let sum = 0;
  for (const [row, tokens] of rows.entries()) {
    for (let position = 0; position + 1 < length; position++) {
      const start = (row * length + position) * vocabulary;
      const scores = logits.subarray(start, start + vocabulary);
      sum += logSumExp(scores) - scores[tokens[position + 1]!]!;
    }
  }
  return sum / (rows.length * (length - 1));
}

export function assertClose(actual: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function logSumExp(values: Float32Array): number {
  const largest = values[indexOfLargest(values)]!;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

/** cos((k + 1)(i + 1)) for each k. */
function wavesOf(length: number, count: number): Float64Array[] {
  return Array.from({ length: count }, (_, k) =>
    Float64Array.from({ length }, (_, i) => Math.cos((k + 1) * (i + 1))),
  );
}

function product(left: Float32Array, right: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
  return sum;
}

/** With Bessel's correction, as torch.std has it. */
function standardDeviation(values: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const value of values) sum += value;
  const mean = sum / values.length;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
