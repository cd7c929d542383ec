/**
 * Spellings that a parameter may have in a checkpoint, most literal first, as Hugging Face's loader allows them: older
 * checkpoints say gamma and beta for the weight and bias of a norm, and weight_g and weight_v for a normalised weight; a
 * checkpoint of a base model lacks the name that the model with a head keeps it under, and the other way about.
 * @param name as the model says it: `bert.embeddings.LayerNorm.weight`.
 * @param prefixes first parts of the names in the checkpoint.
 */
export function spellings(name: string, prefixes: ReadonlySet<string>): string[] {
  const olds = OLD_ENDINGS.filter(([ending]) => name.endsWith(ending)).map(
    ([ending, old]) => name.slice(0, -ending.length) + old,
  );
  const literal = [name, ...olds];
  const dot = name.indexOf(".");
  const lacksPrefix = dot > 0 && !prefixes.has(name.slice(0, dot));
  return [
    ...literal,
    ...(lacksPrefix ? literal.map(spelling => spelling.slice(dot + 1)) : []),
    ...[...prefixes].flatMap(prefix => literal.map(spelling => `${prefix}.${spelling}`)),
  ];
}

const OLD_ENDINGS = [
  ["LayerNorm.weight", "LayerNorm.gamma"],
  ["LayerNorm.bias", "LayerNorm.beta"],
  ["parametrizations.weight.original0", "weight_g"],
  ["parametrizations.weight.original1", "weight_v"],
] as const;

/** First parts of dotted names. */
export function firstParts(names: Iterable<string>): Set<string> {
  const parts = new Set<string>();
  for (const name of names) if (name.includes(".")) parts.add(name.slice(0, name.indexOf(".")));
  return parts;
}
