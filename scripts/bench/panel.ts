import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Live } from "../../src/runtime/live/live.ts";
import type { LiveModel, OpenRequest } from "../../src/runtime/live/types.ts";
import { outputValue } from "../../src/runtime/live/values.ts";
import { zooDirectory } from "../../src/runtime/models/zoo.ts";
import { lower } from "../../src/runtime/onnx/lower.ts";
import { PanelSession } from "../../src/runtime/panel/session.ts";
import { int64 } from "../../src/runtime/session/numbers.ts";
import { createSession, fromOrt, toOrt } from "../../src/runtime/session/onnxruntime.ts";
import { openCheckpointWeights } from "../../src/runtime/weights/checkpoint-weights.ts";
import type { PanelState } from "../../src/shared/panel-state.ts";
import type { PanelDocument } from "../../src/shared/protocol/component.ts";
import type { Intervention } from "../../src/shared/run.ts";
import { type Bench, type Comparison, type Measurement, Unavailable } from "./measurement.ts";
import { compare, interleave, timed, type Variant } from "./rounds.ts";
import { createLive } from "./runtime.ts";
import { llamaSource, smolLm2 } from "./smollm2.ts";

const PROMPT =
  "Once upon a time there was a little girl who lived in a small house near the forest, and every day she";

type Target = OpenRequest & { readonly checkpoint: string };

/** Models, and the layers of each in which a head is ablated: the nearer to the end, the less runs again. */
const MODELS: readonly { readonly label: string; readonly layers: readonly number[]; target(): Target }[] = [
  { label: "tiny", layers: [0], target: tinyLlama },
  { label: "SmolLM2", layers: [0, 15, 29], target: smolLm2 },
];

/** One changed control: from the state of the panel to the document that it draws. */
export const panel: Measurement = {
  name: "panel",
  title: "one head ablated in an open panel, to the new document",
  rounds: 21,
  async run(bench) {
    const live = createLive();
    const comparisons: Comparison[] = [];
    const facts: string[] = [];
    try {
      for (const { label, layers, target } of MODELS) {
        try {
          const measured = await measureModel(bench, live, label, target(), layers);
          comparisons.push(...measured.comparisons);
          facts.push(measured.fact);
        } catch (error) {
          if (!(error instanceof Unavailable)) throw error;
          facts.push(`${label} skipped: ${error.message}`);
        }
      }
    } finally {
      live.dispose();
    }
    return { comparisons, facts };
  },
};

async function measureModel(
  bench: Bench,
  live: Live,
  label: string,
  target: Target,
  layers: readonly number[],
): Promise<{ readonly comparisons: Comparison[]; readonly fact: string }> {
  const model = await live.open(target);
  const tokens = (await model.tokenize(PROMPT)).map(token => token.id);
  const bare = `${label}: bare session of the whole graph`;
  const empty = `${label}: empty round trip`;
  const panels = await Promise.all(
    layers.map(async layer => ({
      name: `${label}: a head of layer ${layer}`,
      variant: await openPanel(live, target, layer),
    })),
  );
  const samples = await interleave(
    bench,
    {
      [bare]: await bareRun(model, target, tokens),
      [empty]: timed(() => model.decode([])),
      ...Object.fromEntries(panels.map(({ name, variant }) => [name, variant])),
    },
    3,
  );
  model.dispose();
  return {
    comparisons: panels.flatMap(({ name }) =>
      compare(samples, "ms", [
        [name, bare],
        [name, empty],
      ]),
    ),
    fact: `${label}: ${tokens.length} tokens, ${model.precision}`,
  };
}

/** A panel of one layer's attention, in which every round ablates another head than the one before. */
async function openPanel(live: Live, open: Target, layer: number): Promise<Variant> {
  const session = new PanelSession({
    open: (request, signal) => live.open(request, signal),
    readText: file => readFile(file, "utf8"),
  });
  const plain: PanelState = {
    version: 1,
    component: "self-attention",
    source: null,
    model: null,
    module: `model.layers.${layer}.self_attn`,
    prompt: PROMPT,
    head: 0,
    cell: null,
    step: null,
    interventions: [],
  };
  const show = async (state: PanelState) => {
    const document = await session.show(
      { open, model: null, examplePrompt: PROMPT },
      state,
      new AbortController().signal,
    );
    if (document.failure) throw new Error(document.failure.message);
    return document;
  };
  const { heads, ablate } = headsOf(await show(plain));
  return timed(round => show({ ...plain, interventions: [ablate((round + heads) % heads)] }));
}

/** As the panel's own control does it: the output of a head is set to zero. */
function headsOf({ view }: PanelDocument) {
  const output = view?.kind === "attention" ? view.figures.find(({ role }) => role === "output") : undefined;
  if (output?.headAxis == null) throw new Error("the attention has no heads");
  const { value, headAxis: axis, heads } = output;
  const ablate = (index: number): Intervention => ({
    value,
    selector: { axes: [{ axis, index }] },
    operation: { kind: "zero" },
  });
  return { heads, ablate };
}

/** The whole graph for its logits, onnxruntime called directly in this process. */
async function bareRun({ trace }: LiveModel, target: Target, tokens: readonly number[]): Promise<Variant> {
  const weights = await openCheckpointWeights(target.checkpoint);
  const graph = lower(trace, weights, { outputs: [outputValue(trace)] });
  const { session } = await createSession(graph.bytes, graph.weightFolder, ["cpu"]);
  const { name } = graph.outputs[0]!;
  const ids = int64(tokens, [1, tokens.length]);
  return timed(async () => fromOrt((await session.run({ input_ids: toOrt(ids) }, [name]))[name]!));
}

function tinyLlama(): Target {
  const checkpoint = join(zooDirectory(), "tiny-llama");
  return { source: llamaSource(), class: "LlamaForCausalLM", checkpoint, transformers: null };
}
