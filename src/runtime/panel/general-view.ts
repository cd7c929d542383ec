import type { GeneralDocument, GeneralLine, NamedSize } from "../../shared/protocol/component.ts";
import type { Statistics, ValueRef } from "../../shared/run.ts";
import { formatSize, type Size } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import type { RunResult } from "../live/types.ts";
import { moduleValues } from "./module-values.ts";
import { quote, quotePart, type SourceTexts } from "./source-text.ts";

/** What to ask of a run for a module's document. */
export function moduleSummaries(trace: Trace, path: string): ValueRef[] {
  return moduleValues(trace, path).map(each => each.reference);
}

/** A module's forward, line by line, from one run. */
export function generalDocument(
  trace: Trace,
  path: string,
  run: Pick<RunResult, "summaries">,
  sources: SourceTexts,
): GeneralDocument {
  const lines = moduleValues(trace, path).flatMap(
    ({ id, reference, value, label, place, part }): GeneralLine[] => {
      const summary = run.summaries.get(reference);
      if (!summary) return [];
      const source = part ? quotePart(trace, place, sources) : quote(trace, place, sources);
      return [
        {
          file: source?.file ?? "",
          line: source?.line ?? 0,
          column: source?.column ?? 0,
          text: source?.text ?? "",
          variable: label,
          id,
          shape: namedSizes(trace.values[value]!.shape, summary.shape),
          dtype: summary.dtype,
          statistics: summary.statistics,
          picture: summary.picture,
          previous: null,
        },
      ];
    },
  );
  return { kind: "general", lines };
}

/** The same document with the statistics of `earlier` beside its own, by id, where they differ. */
export function compareGeneral(now: GeneralDocument, earlier: GeneralDocument): GeneralDocument {
  const before = new Map(earlier.lines.map(line => [line.id, line.statistics]));
  return {
    ...now,
    lines: now.lines.map(line => {
      const previous = before.get(line.id);
      return previous && differ(previous, line.statistics) ? { ...line, previous } : line;
    }),
  };
}

function differ(a: Statistics, b: Statistics): boolean {
  return a.mean !== b.mean || a.std !== b.std || a.min !== b.min || a.max !== b.max;
}

/** Names of symbolic sizes as people say them. */
const SYMBOLS: Readonly<Record<string, string>> = {
  batch_size: "batch",
  sequence: "token",
  decoder_sequence: "token",
  past: "past",
};

/**
 * Sizes with names: symbols by theirs, the last fixed one as features, a further one of four beside tokens as heads; a
 * batch of one is left out.
 */
export function namedSizes(traced: readonly Size[], sizes: readonly number[]): NamedSize[] {
  const perToken = traced.some((size, axis) => typeof size !== "number" && axis > 0);
  // Of what is made from a picture it is the channels.
  const isPicture = traced.slice(2).some(size => /\b(height|width)\b/.test(formatSize(size)));
  const hasHeads = perToken && sizes.length === 4 && !isPicture;
  return sizes.flatMap((size, axis): NamedSize[] => {
    const symbol = traced[axis];
    if (symbol !== undefined && typeof symbol !== "number") {
      const text = formatSize(symbol);
      // A size that is computed from others, such as a number of patches, has no name.
      const name = SYMBOLS[text] ?? (/^\w+$/.test(text) ? text : "axis");
      return name === "batch" && size === 1 ? [] : [{ name, size }];
    }
    if (axis === 0 && size === 1 && sizes.length > 2) return [];
    if (axis === sizes.length - 1) return [{ name: "feature", size }];
    return [{ name: hasHeads ? "heads" : "axis", size }];
  });
}
