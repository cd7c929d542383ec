import { basename } from "node:path";
import { chooseSource } from "../../runtime/live/source.ts";
import type { OpenRequest } from "../../runtime/live/types.ts";
import type { CheckpointInfo } from "../../runtime/models/checkpoint.ts";
import type { PanelTarget } from "../../runtime/panel/target.ts";
import { t } from "../../shared/l10n.ts";
import type { PanelState } from "../../shared/panel-state.ts";
import type { PythonDocument } from "../../shared/python/index.ts";
import type { Provider } from "../../shared/run.ts";
import { type CheckpointKind, chooseRun, type RunChoice, type SourceFile } from "./choice.ts";
import { type Example, openWith } from "./example.ts";
import type { Neighbours } from "./neighbours.ts";
import { outline } from "./outline.ts";
import type { Recipe } from "./recipes.ts";
import { syntaxOf } from "./syntax.ts";

/** Where a model card names no example: what does "it" stand for? */
const EXAMPLE_PROMPT = "The animal didn't cross the street because it was too";

/** What the choice of a target looks at. */
export interface TargetWorld {
  /** The checkpoint of an id or a folder; null asks for the default. */
  model(id: string | null): Promise<CheckpointInfo | null>;
  /** The folder that contains `transformers/` for a file; null where there is none. */
  transformers(file: string | null): Promise<string | null>;
  /** What the reader said to build a class with; null where nothing was said. */
  example(file: string, className: string): Promise<Example | null>;
  /** The recipe that a trace of this class has proved; undefined where none has yet. */
  proven(file: string, className: string): Recipe | undefined;
  /** Folders in which a file's imports are looked up after its own. */
  packages(file: string): Promise<readonly string[]>;
  readText(file: string): Promise<string>;
  /** All of a notebook, on the lines of what is traced of it: where its classes are built; null for a file. */
  written(file: string): string | null;
  /** What lies around a file and says how its classes are built; null where that is not looked at. */
  neighbours(file: string, syntax: PythonDocument): Promise<Neighbours | null>;
  /** Text of a file, or null where there is no such file. */
  readOptional(file: string): Promise<string | null>;
  readonly providers: readonly Provider[];
}

/** The source needs transformers' own files, and no copy is at hand. */
export class TransformersMissingError extends Error {
  constructor(what: string) {
    super(
      t(
        "{0} needs the source of transformers, and no copy of it was found. Run “Get transformers' Source”, or name a folder in the setting papertrace.transformersPath.",
        what,
      ),
    );
    this.name = "TransformersMissingError";
  }
}

/** A class can only be built with arguments that nobody has given yet. */
export class ArgumentsMissingError extends Error {
  readonly file: string;
  readonly class: string;
  readonly missing: readonly string[];
  constructor(file: string, className: string, missing: readonly string[]) {
    super(t("{0} can be built once its arguments are known: {1}.", className, missing.join(", ")));
    this.name = "ArgumentsMissingError";
    this.file = file;
    this.class = className;
    this.missing = missing;
  }
}

/** What a panel state means here and now: files, classes, weights. */
export async function resolveTarget(
  state: Pick<PanelState, "source" | "model">,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<PanelTarget> {
  return state.source === null
    ? await referenceTarget(state.model, overlay, world)
    : await sourceTarget(state.source, state.model, overlay, world);
}

/** The class that is built when a class of a file is asked for. */
export async function rootClass(
  file: string,
  className: string,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<string> {
  const model = await world.model(null);
  return (await choose(file, className, model, overlay, world)).class;
}

async function referenceTarget(
  id: string | null,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<PanelTarget> {
  const model = await world.model(id);
  if (model === null) throw new Error(t("There is no model on this machine. Add one in the Models view."));
  if (model.problem !== null) throw new Error(model.problem);
  const transformers = await world.transformers(null);
  let source: { source: string; class: string };
  try {
    source = await chooseSource(model, transformers);
  } catch (error) {
    if (transformers === null && model.architecture !== null) throw new TransformersMissingError(model.label);
    throw error;
  }
  return {
    open: { ...source, checkpoint: model.folder, transformers, overlay, providers: world.providers },
    model: { id: model.id, label: model.label },
    examplePrompt: model.card.example ?? EXAMPLE_PROMPT,
  };
}

async function sourceTarget(
  source: { readonly file: string; readonly class: string },
  id: string | null,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<PanelTarget> {
  const { file } = source;
  const model = await world.model(id);
  const choice = await choose(file, source.class, model, overlay, world);
  const example = await world.example(file, choice.class);
  if (choice.missing.length > 0 && example === null)
    throw new ArgumentsMissingError(file, choice.class, choice.missing);
  const recipe = world.proven(file, choice.class) ?? choice.recipes[0];
  return {
    open: {
      ...(await sourceRequest(file, choice.class, overlay, world)),
      checkpoint: choice.checkpoint && model !== null && example === null ? model.folder : null,
      ...(choice.config ? { config: choice.config } : {}),
      ...(example === null ? recipe?.open : openWith(example)),
      providers: world.providers,
    },
    model: choice.checkpoint && model !== null ? { id: model.id, label: model.label } : null,
    examplePrompt: (choice.checkpoint && model?.card.example) || EXAMPLE_PROMPT,
  };
}

/**
 * What every request for a class of a file has in common.
 * @throws TransformersMissingError
 */
export async function sourceRequest(
  file: string,
  className: string,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<Pick<OpenRequest, "source" | "class" | "checkpoint" | "transformers" | "overlay" | "packages">> {
  const transformers = await world.transformers(file);
  if (transformers === null && importsTransformers(overlay[file] ?? (await world.readText(file))))
    throw new TransformersMissingError(basename(file));
  const packages = await world.packages(file);
  const found = packages.length > 0 ? { packages } : {};
  return { source: file, class: className, checkpoint: null, transformers, overlay, ...found };
}

async function choose(
  file: string,
  className: string,
  model: CheckpointInfo | null,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<RunChoice> {
  const source = await readSource(file, overlay, world);
  const choice = chooseRun(source, className, kindOf(model));
  if (choice === null) throw new Error(noModule(file));
  return choice;
}

/** Why nothing of a file can be run, and what can be done. */
export function noModule(file: string): string {
  return t("{0} defines no class that inherits from nn.Module. Open the file that defines the model.", file);
}

/** What a model is as far as the choice of a class depends on it; null where it cannot be used. */
export function kindOf(model: CheckpointInfo | null): CheckpointKind | null {
  if (model === null || model.problem !== null || model.modelType === null) return null;
  const architectures = model.architecture === null ? [] : [model.architecture];
  return { modelType: model.modelType, architectures };
}

export async function readSource(
  file: string,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<SourceFile> {
  const text = world.written(file) ?? overlay[file] ?? (await world.readText(file));
  const syntax = syntaxOf(file, text);
  const [configuration, neighbours] = await Promise.all([
    configurationOf(file, syntax, overlay, world),
    world.neighbours(file, syntax),
  ]);
  return { path: file, syntax, configuration, neighbours };
}

/** The source that declares a file's configuration class: `configuration_x.py` beside `modeling_x.py`, or the file itself. */
async function configurationOf(
  file: string,
  syntax: PythonDocument,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<PythonDocument | null> {
  if (outline(syntax).some(entry => entry.modelType !== null)) return syntax;
  const beside = file.replace(/modeling_(\w+\.py)$/, "configuration_$1");
  const text = beside === file ? null : (overlay[beside] ?? (await world.readOptional(beside)));
  return text === null ? null : syntaxOf(beside, text);
}

/** Whether a file imports transformers, by its name or as a part of it (`from ...activations import`). */
function importsTransformers(text: string): boolean {
  return /^\s*(from\s+(transformers\b|\.{2,})|import\s+transformers\b)/m.test(text);
}
