import { join } from "node:path";
import type { OpenRequest } from "../../runtime/live/types.ts";
import { t } from "../../shared/l10n.ts";
import { chooseRun, fewLayers, modelTypeOf, rootsFirst } from "./choice.ts";
import { openWith } from "./example.ts";
import { moduleClasses, outline } from "./outline.ts";
import { type Recipe, recipesFor } from "./recipes.ts";
import { kindOf, readSource, sourceRequest, type TargetWorld } from "./target.ts";

/** One class of a file to trace for its shapes. */
export interface ShapeTarget {
  readonly class: string;
  /** Ways to build and call it, likeliest first; the first that traces counts. Empty: a reader has to say. */
  readonly attempts: readonly ShapeAttempt[];
}

export interface ShapeAttempt {
  readonly open: OpenRequest;
  /** What the class is built with, in words. */
  readonly origin: string;
  readonly recipe: Recipe | null;
}

/**
 * The classes of a file in the order in which they are traced for shapes. Nothing is computed, so sizes are the real ones:
 * those of the checkpoint's config or of the config class; only layers that repeat are few.
 * @throws ExampleError, TransformersMissingError
 */
export async function shapeTargets(
  file: string,
  overlay: Readonly<Record<string, string>>,
  world: TargetWorld,
): Promise<readonly ShapeTarget[]> {
  const source = await readSource(file, overlay, world);
  const modules = moduleClasses(outline(source.syntax));
  if (modules.length === 0) return [];
  const model = await world.model(null);
  const kind = kindOf(model);
  const main = chooseRun(source, null, kind);
  const modelType = modelTypeOf(source);
  let config: Readonly<Record<string, unknown>> | null = null;
  let configOrigin = "";
  if (main?.checkpoint && model !== null) {
    config = parseConfig(await world.readOptional(join(model.folder, "config.json")));
    configOrigin = t("the config of {0}", model.label);
  } else if (main?.config && modelType !== null) {
    config = { model_type: modelType, ...(source.configuration && fewLayers(source.configuration)) };
    configOrigin = t("the defaults of {0}'s config", modelType);
  }
  // One that inherits its forward has no lines of its own to show shapes on.
  const ordered = rootsFirst(modules.filter(entry => entry.hasForward)).map(entry => entry.name);
  const names = main ? [main.class, ...ordered.filter(name => name !== main.class)] : ordered;
  const targets: ShapeTarget[] = [];
  for (const name of names) {
    const common = await sourceRequest(file, name, overlay, world);
    const attempts: ShapeAttempt[] = [];
    const example = await world.example(file, name);
    if (example !== null) {
      const origin = t("your example");
      targets.push({
        class: name,
        attempts: [{ open: { ...common, ...openWith(example) }, origin, recipe: null }],
      });
      continue;
    }
    if (name === main?.class && main.checkpoint && model !== null)
      attempts.push({ open: { ...common, checkpoint: model.folder }, origin: configOrigin, recipe: null });
    else if (config !== null && isWhole(name))
      attempts.push({ open: { ...common, config }, origin: configOrigin, recipe: null });
    for (const recipe of recipesFor(source.syntax, name, source.neighbours))
      attempts.push({
        open: { ...common, ...recipe.open },
        origin: originOf(recipe, world.written(file) !== null),
        recipe,
      });
    if (config !== null && !isWhole(name))
      attempts.push({ open: { ...common, config }, origin: configOrigin, recipe: null });
    targets.push({ class: name, attempts });
  }
  return targets;
}

/** What a recipe builds a class with, in words. Lines of a notebook belong to its cells, and say nothing here. */
function originOf({ from, written, line }: Recipe, isNotebook: boolean): string {
  switch (from) {
    case "call":
      return line === null || isNotebook ? written : t("{0} in line {1}", written, line + 1);
    case "guess":
      return t("{0}, a guess", written);
    default:
      return written;
  }
}

/** Classes that hold a whole model, as transformers names them. */
function isWhole(name: string): boolean {
  return /(Model|For[A-Z]\w+)$/.test(name) && !/PreTrainedModel$/.test(name);
}

function parseConfig(text: string | null): Readonly<Record<string, unknown>> | null {
  try {
    return text === null ? null : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    return null;
  }
}
