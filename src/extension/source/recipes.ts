import type { OpenRequest } from "../../runtime/live/types.ts";
import {
  type ClassDefinition,
  definitions,
  type Parameter,
  type PythonDocument,
} from "../../shared/python/index.ts";
import { callSites } from "./call-sites.ts";

/** A way to build a class, and where it comes from. */
export interface Recipe {
  readonly from: "given" | "defaults" | "call" | "configuration" | "guess";
  /** As a reader would write it: `GPT(GPTConfig())`. */
  readonly written: string;
  /** Line from 0 of the call that it was read from; null for the others. */
  readonly line: number | null;
  readonly open: Pick<OpenRequest, "construct" | "sample" | "inputs" | "defaults">;
}

/**
 * Ways to build a class that its source allows, likeliest first: with its own defaults, as the source itself does
 * somewhere, with the defaults of its configuration class, else with usual sizes for parameters of usual names. Which of
 * them holds is found by tracing. Empty where nothing is known: then a reader is asked.
 */
export function recipesFor(document: PythonDocument, className: string): readonly Recipe[] {
  const classes = definitions(document).filter(each => each.kind === "class");
  const required = requiredParameters(className, classes);
  const found = [...calls(document, className)];
  if (required !== null && required.length === 0) {
    const plain: Recipe = { from: "defaults", written: `${className}()`, line: null, open: {} };
    // A call that also shows what forward is given says more than defaults do.
    return [
      ...found.filter(({ open }) => open.sample),
      plain,
      ...found.filter(({ open }) => !open.sample),
    ].map(withDefaults(className, classes));
  }
  const configured = withEach(required ?? [], parameter => configurationOf(parameter, classes));
  if (configured) found.push(made("configuration", className, configured));
  const guessed = withEach(
    required ?? [],
    parameter => configurationOf(parameter, classes) ?? usualValue(parameter),
  );
  if (guessed && required && !configured) found.push(made("guess", className, guessed));
  return found.map(withDefaults(className, classes));
}

/** Numbers that the constructor has for its parameters help to guess what forward is called on. */
function withDefaults(className: string, classes: readonly ClassDefinition[]): (recipe: Recipe) => Recipe {
  const parameters = classes.findLast(each => each.name === className)?.methods.get("__init__") ?? [];
  const numbers = parameters.flatMap(({ name, literal }) =>
    typeof literal === "number" ? [[name, literal]] : [],
  );
  if (numbers.length === 0) return recipe => recipe;
  const defaults = Object.fromEntries(numbers) as Readonly<Record<string, number>>;
  return recipe => ({ ...recipe, open: { ...recipe.open, defaults } });
}

/** Parameters of the constructor without a default, of the class or of the first base that has one; null where it is not here. */
export function requiredParameters(
  className: string,
  classes: readonly ClassDefinition[],
  seen: ReadonlySet<string> = new Set(),
): readonly Parameter[] | null {
  const definition = classes.findLast(each => each.name === className);
  if (!definition || seen.has(className)) return null;
  const own = definition.methods.get("__init__");
  if (own) return own.filter(({ name, hasDefault }) => name !== "self" && !hasDefault);
  for (const base of definition.bases) {
    const inherited = requiredParameters(base, classes, new Set([...seen, className]));
    if (inherited) return inherited;
  }
  // A base of another file: nn.Module itself takes nothing.
  return definition.bases.every(base => /(^|\.)Module$/.test(base)) ? [] : null;
}

function calls(document: PythonDocument, className: string): readonly Recipe[] {
  return callSites(document, className).map(({ construct, written, sample, line }) => ({
    from: "call",
    written,
    line,
    open: { construct, ...(sample === null ? {} : { sample }) },
  }));
}

function made(from: Recipe["from"], className: string, values: ReadonlyMap<string, string>): Recipe {
  const written = `${className}(${[...values].map(([name, value]) => `${name}=${value}`).join(", ")})`;
  return { from, written, line: null, open: { construct: written } };
}

function withEach(
  required: readonly Parameter[],
  expressionFor: (parameter: Parameter) => string | null,
): ReadonlyMap<string, string> | null {
  const values = new Map<string, string>();
  for (const parameter of required) {
    const value = expressionFor(parameter);
    if (value === null) return null;
    values.set(parameter.name, value);
  }
  return values.size > 0 ? values : null;
}

/** Usual names of a constructor's one configuration argument. */
const CONFIGURATION = /^(config|cfg|configuration|args|params|hparams|opt|options|settings)$/;

/** The configuration class, built with its own defaults: the annotated one, else the only one of the file. */
function configurationOf(
  { name, annotation }: Parameter,
  classes: readonly ClassDefinition[],
): string | null {
  const annotated = annotation === null ? null : (/^["']?([A-Z]\w*)["']?$/.exec(annotation)?.[1] ?? null);
  if (annotated !== null && !/^(Tensor|Callable|Any|Module|Optional|Union)$/.test(annotated))
    return `${annotated}()`;
  if (!CONFIGURATION.test(name)) return null;
  const likely = classes.filter(each =>
    /(Config|Configuration|Args|Arguments|Params|Options|Settings)$/.test(each.name),
  );
  return likely.length === 1 ? `${likely[0]!.name}()` : null;
}

/** Sizes that fit each other, by the names that constructors use; what is named otherwise is not guessed. */
const USUAL: readonly (readonly [RegExp, string])[] = [
  [/^(num_|n_)?(kv_heads|key_value_heads)$/, "2"],
  [/^(num_|n_)?(attention_)?heads?$|^nhead$/, "4"],
  [/^(num_|n_)?(hidden_)?layers?$|^depth$|^(num_|n_)blocks?$/, "2"],
  [/^(head_dim|dim_head|d_head|head_size|d_k|d_v)$/, "16"],
  [
    /^(d_)?(ff|ffn|mlp)(_?(dim|size|hidden))?$|^(intermediate|hidden_features|mlp_dim|dim_feedforward|d_ff)(_size|_dim)?$/,
    "128",
  ],
  [
    /^(dim|width|channels)$|^(d|dim|n|embed|embedding|hidden|model|emb|input|output|in|out)_?(model|size|dim|dims|embd|embed|in|out|features|hidden|width)$|^embedding_dim$/,
    "64",
  ],
  [/^(n_|num_)?vocab(_size)?$|^(num_embeddings|n_tokens|num_tokens)$/, "100"],
  [
    /^(max_|n_)?(seq|sequence|context|block|ctx)(_?(len|length|size))?$|^max_(len|length|position_embeddings)$|^n_ctx$/,
    "64",
  ],
  [/^(num_|n_)?(classes|labels)$/, "10"],
  [/^(in_chans|img_channels|image_channels)$/, "3"],
  [/^(in|out)_channels$/, "16"],
  [/^(image|img|input)_size$/, "32"],
  [/^patch_size$/, "8"],
  [/^kernel(_size)?$/, "3"],
  [/^(stride|expansion|factor|n_rep)$/, "1"],
  [/^(padding|layer_idx|layer_id|index|idx)$/, "0"],
  [/^(num_|n_)?experts$/, "4"],
  [/^(top_k|k|(num_|n_)?experts_per_tok)$/, "2"],
  [/^(dropout|drop|p|drop_rate|dropout_rate|attn_drop|attn_dropout|resid_dropout)$/, "0.0"],
  [/^(eps|epsilon|norm_eps|layer_norm_eps)$/, "1e-5"],
  [/^(bias|qkv_bias|causal|use_bias|is_causal)$/, "False"],
];

function usualValue({ name, annotation }: Parameter): string | null {
  if (annotation !== null && !/\b(int|float|bool|Tuple|tuple|Optional)\b/.test(annotation)) return null;
  return USUAL.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
