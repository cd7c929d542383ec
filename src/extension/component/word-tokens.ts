import type { LiveModel } from "../../runtime/live/types.ts";
import type { Token } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";

/** Ids below are often special: padding, begin, end. */
const firstId = 3;

/**
 * A model without a checkpoint has no tokenizer, and its random weights know no words: any ids serve, as long as equal words
 * have equal ids. Words and marks are counted up as they come; an id that no word has yet is shown by its number.
 */
export function withWordTokens(model: LiveModel): LiveModel {
  const size = vocabularySize(model.trace);
  const ids = new Map<string, number>();
  const texts = new Map<number, string>();
  const idOf = (text: string): number => {
    const known = ids.get(text.trim());
    if (known !== undefined) return known;
    const id = (firstId + ids.size) % size;
    ids.set(text.trim(), id);
    if (!texts.has(id)) texts.set(id, text);
    return id;
  };
  const { trace, provider, precision, randomWeights, fallback } = model;
  return {
    ...{ trace, provider, precision, randomWeights, fallback },
    tokenize: async text => words(text).map((word): Token => ({ id: idOf(word), text: word })),
    decode: async numbers => numbers.map(id => ({ id, text: texts.get(id) ?? `#${id}` })),
    run: (request, signal) => model.run(request, signal),
    generate: (request, onToken, signal) => model.generate(request, onToken, signal),
    dispose: () => model.dispose(),
  };
}

/** Letters, digits and single marks, each with the space before it. */
export function words(text: string): readonly string[] {
  return text.match(/\s?(?:[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{M}\p{N}])|\s+/gu) ?? [];
}

/** Rows of the smallest table that ids of an input look up; many where none is found. */
export function vocabularySize(trace: Pick<Trace, "operations" | "values">): number {
  const sizes = trace.operations.flatMap(({ primitive, inputs: [table, index] }) => {
    if (primitive !== "gather" || table == null || index == null) return [];
    const rows = trace.values[table]!.leaf?.kind === "parameter" ? trace.values[table]!.shape[0] : undefined;
    const isInput = trace.values[index]!.leaf?.name.endsWith("input_ids") ?? false;
    return isInput && typeof rows === "number" ? [rows] : [];
  });
  return Math.min(...sizes, 2 ** 15);
}
