import { definitions, type PythonDocument } from "../../shared/python/index.ts";
import type { Neighbours } from "./neighbours.ts";
import { moduleClasses, outline, type PythonClass } from "./outline.ts";
import { byItself, type Recipe, recipesFor, requiredParameters } from "./recipes.ts";

/** What is built and called when a file is run. */
export interface RunChoice {
  /** Class that is built; the component that was asked for lies inside it. */
  readonly class: string;
  /** Whether the checkpoint's weights fit; else weights are random, from a seed. */
  readonly checkpoint: boolean;
  /** Values that replace the config class's own, with `model_type`; null where no config is needed. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** Ways to build the class, likeliest first; empty where a config says how, or where none is known. */
  readonly recipes: readonly Recipe[];
  /** Constructor arguments that a reader has to give; empty where nothing is missing. */
  readonly missing: readonly string[];
}

/** A checkpoint as far as the choice depends on it. */
export interface CheckpointKind {
  readonly modelType: string;
  readonly architectures: readonly string[];
}

/** A modeling file, and the source that declares its configuration class where there is one. */
export interface SourceFile {
  readonly path: string;
  readonly syntax: PythonDocument;
  readonly configuration: PythonDocument | null;
  /** What lies around it; null where nothing of it is known. */
  readonly neighbours: Neighbours | null;
}

/**
 * What runs for a class of a file. The checkpoint, where the file is of its architecture: then the very class that the
 * checkpoint was saved from, if the file has it. Else the file's own model with its config class's defaults, made small;
 * else the class itself with its constructor's defaults; else a class around it, or itself, as the source shows how.
 */
export function chooseRun(
  file: SourceFile,
  asked: string | null,
  checkpoint: CheckpointKind | null,
): RunChoice | null {
  const modules = moduleClasses(outline(file.syntax));
  const modelType = modelTypeOf(file);
  const settled = { recipes: [], missing: [] };
  const saved = modules.find(entry => checkpoint?.architectures.includes(entry.name));
  if (checkpoint && saved) return { class: saved.name, checkpoint: true, config: null, ...settled };
  const whole = wholeModel(modules);
  if (checkpoint && whole && modelType !== null && modelType === checkpoint.modelType)
    return { class: whole.name, checkpoint: true, config: null, ...settled };
  if (whole && modelType !== null && file.configuration !== null) {
    const config = { model_type: modelType, ...smallConfig(file.configuration) };
    return { class: whole.name, checkpoint: false, config, ...settled };
  }
  const own = modules.find(entry => entry.name === asked) ?? modules.at(-1);
  if (!own) return null;
  const around = modules.filter(entry => entry !== own && builds(entry, own, modules));
  const ways = [own, ...around].map(entry => ({
    entry,
    recipes: recipesFor(file.syntax, entry.name, file.neighbours),
  }));
  const first = (from: readonly Recipe["from"][], among = ways) =>
    among.find(({ recipes }) => recipes[0] && from.includes(recipes[0].from));
  const surely: readonly Recipe["from"][] = ["defaults", "call", "configuration"];
  const alone = ways.find(({ recipes }) => recipes.some(({ from }) => from === "defaults"));
  const way =
    alone ?? first(surely, ways.slice(1).toReversed()) ?? first(surely) ?? first(["guess"]) ?? ways[0]!;
  const { entry, recipes } = way;
  const source = file.neighbours?.source ?? byItself(file.syntax);
  const required = recipes.length > 0 ? [] : (requiredParameters(entry.name, source) ?? []);
  const missing = required.map(({ name }) => name);
  return { class: entry.name, checkpoint: false, config: null, recipes, missing };
}

/**
 * Classes of a file that nothing else in it builds, and all others after them: tracing them in this order meets most code
 * first.
 */
export function rootsFirst(modules: readonly PythonClass[]): readonly PythonClass[] {
  const built = new Set(modules.flatMap(entry => [...entry.calls].filter(name => name !== entry.name)));
  return [...modules].reverse().sort((a, b) => Number(built.has(a.name)) - Number(built.has(b.name)));
}

/** Whether a class builds another one, itself or through classes that it builds. */
function builds(
  entry: PythonClass,
  part: PythonClass,
  modules: readonly PythonClass[],
  seen = new Set<PythonClass>(),
): boolean {
  if (seen.has(entry)) return false;
  seen.add(entry);
  return modules.some(
    other =>
      other !== entry &&
      entry.calls.has(other.name) &&
      (other === part || builds(other, part, modules, seen)),
  );
}

/** Type of the model that a file describes, as configs name it; null where nothing says so. */
export function modelTypeOf(file: SourceFile): string | null {
  const declared = outline(file.syntax).find(entry => entry.modelType !== null)?.modelType;
  if (declared) return declared;
  const beside = file.configuration === null ? [] : outline(file.configuration);
  const configured = beside.find(entry => entry.modelType !== null)?.modelType;
  if (configured) return configured;
  return /[\\/]modeling_(\w+)\.py$/.exec(file.path)?.[1] ?? null;
}

/** Endings of the classes that hold a whole model, the ones with an output that people know first. */
const wholeEndings = [
  "ForCausalLM",
  "ForConditionalGeneration",
  "ForMaskedLM",
  "LMHeadModel",
  "ForImageClassification",
  "ForSequenceClassification",
  "Model",
] as const;

function wholeModel(modules: readonly PythonClass[]): PythonClass | null {
  for (const ending of wholeEndings) {
    const found = modules.find(
      entry => entry.name.endsWith(ending) && !entry.name.endsWith("PreTrainedModel"),
    );
    if (found) return found;
  }
  return null;
}

/**
 * Sizes with which any architecture builds in milliseconds; head counts and widths fit each other. Sizes of vocabularies
 * stay: other defaults (padding, begin of text) point into them.
 */
const smallSizes: Readonly<Record<string, number>> = {
  hidden_size: 64,
  d_model: 64,
  n_embd: 64,
  embed_dim: 64,
  embedding_size: 64,
  num_hidden_layers: 2,
  num_layers: 2,
  n_layer: 2,
  n_layers: 2,
  encoder_layers: 2,
  decoder_layers: 2,
  num_decoder_layers: 2,
  num_attention_heads: 4,
  num_heads: 4,
  n_head: 4,
  n_heads: 4,
  encoder_attention_heads: 4,
  decoder_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 16,
  d_kv: 16,
  intermediate_size: 128,
  d_ff: 128,
  ffn_dim: 128,
  encoder_ffn_dim: 128,
  decoder_ffn_dim: 128,
  moe_intermediate_size: 32,
  num_experts: 4,
  num_local_experts: 4,
  n_routed_experts: 4,
  num_experts_per_tok: 2,
};

/** Those of the small sizes that count layers: with fewer of them every other shape stays what it is. */
export function fewLayers(configuration: PythonDocument): Readonly<Record<string, number>> {
  const small = Object.entries(smallConfig(configuration));
  return Object.fromEntries(small.filter(([name]) => /layers?$/.test(name)));
}

/** Those of the small sizes that a configuration file declares with a number: as a field, or as a parameter's default. */
export function smallConfig(configuration: PythonDocument): Readonly<Record<string, number>> {
  const config: Record<string, number> = {};
  for (const definition of definitions(configuration)) {
    if (definition.kind !== "class") continue;
    const parameters = definition.methods.get("__init__") ?? [];
    const declared = [
      ...definition.literals,
      ...parameters.map(({ name, literal }) => [name, literal] as const),
    ];
    for (const [name, value] of declared) {
      const size = typeof value === "number" ? smallSizes[name] : undefined;
      if (size !== undefined) config[name] = size;
    }
  }
  return config;
}
