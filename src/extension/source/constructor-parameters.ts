import type { ClassDefinition, Parameter } from "../../shared/python/index.ts";
import type { KnownClass } from "./neighbours.ts";
import { layerParameters } from "./torch-layers.ts";

/** What a class is built with, as far as it, a base or torch.nn says so. */
export function constructorParameters(known: KnownClass): readonly Parameter[] {
  const { definition } = definingClass(known);
  const own = definition.methods.get("__init__");
  if (own) return own.slice(1);
  if (definition.fields.length > 0) return definition.fields;
  return definition.bases.map(layerParameters).find(each => each !== null) ?? [];
}

/** The class that says what another is built with: itself, or the first base that does. */
export function definingClass(known: KnownClass, seen: readonly ClassDefinition[] = []): KnownClass {
  const { definition, source } = known;
  if (definition.methods.has("__init__") || definition.fields.length > 0) return known;
  for (const base of definition.bases) {
    const inherited = source.find(base);
    if (inherited && !seen.includes(inherited.definition))
      return definingClass(inherited, [...seen, definition]);
  }
  return known;
}
