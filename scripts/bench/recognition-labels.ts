import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { components } from "../../src/shared/catalogue/index.ts";
import type { InputSpec, Trace, TraceRequest } from "../../src/shared/trace.ts";
import { projectDirectory } from "../project.ts";
import type { Count } from "./counts.ts";

/** Where labels, and the sources of those that are our own, are kept. */
const labelsDirectory = join(projectDirectory, "test", "fixtures", "recognition");

/** One architecture of the sample, with the components that a reader of its source gave to its modules. */
export interface LabelledModel {
  readonly name: string;
  /** Rules were made while looking at the first; results on the second are looked at only when they are done. */
  readonly set: LabelSet;
  readonly architecture: string;
  readonly source: { readonly transformers: string } | { readonly fixture: string };
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly inputs: readonly InputSpec[];
  /** Components by pattern of module paths; a part of a pattern is a name, `a|b` or `*`. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
  /** Patterns of the modules that are no component. */
  readonly none: readonly string[];
}

export type LabelSet = "tuned" | "held-out";

/** Every labelled model, in alphabetical order. */
export function labelledModels(): LabelledModel[] {
  const folder = join(labelsDirectory, "labels");
  return readdirSync(folder)
    .sort()
    .map(file => JSON.parse(readFileSync(join(folder, file), "utf8")) as LabelledModel);
}

/** What to trace for a labelled model. `transformers` is the folder that holds `transformers/`. */
export function requestOf(model: LabelledModel, transformers: string): TraceRequest {
  const { source } = model;
  return {
    source:
      "fixture" in source
        ? join(labelsDirectory, "models", source.fixture)
        : join(transformers, "transformers", source.transformers),
    class: model.class,
    config: model.config,
    transformers: "fixture" in source ? null : transformers,
    inputs: model.inputs,
    checkpointNames: null,
  };
}

/** The labels of every module. @throws Error where a module fits no pattern, or two */
export function labelsOf(model: LabelledModel, trace: Trace): Map<string, ReadonlySet<string>> {
  const patterns = [
    ...Object.entries(model.modules),
    ...model.none.map((pattern): [string, readonly string[]] => [pattern, []]),
  ].map(([pattern, labels]) => ({ pattern, expression: expressionOf(pattern), labels }));
  return new Map(
    trace.modules.map(({ path }) => {
      const fits = patterns.filter(({ expression }) => expression.test(path));
      if (fits.length !== 1)
        throw new Error(
          `${model.name}: module “${path}” fits ${fits.map(each => each.pattern).join(" and ") || "no pattern"}`,
        );
      return [path, new Set(fits[0]!.labels)];
    }),
  );
}

function expressionOf(pattern: string): RegExp {
  if (pattern === "") return /^$/;
  const parts = pattern
    .split(".")
    .map(part => (part === "*" ? "[^.]+" : `(?:${part.split("|").map(RegExp.escape).join("|")})`));
  return new RegExp(`^${parts.join("\\.")}$`);
}

/** One module that was recognised wrongly, or not. */
export interface Mistake {
  readonly kind: "wrong" | "missed";
  readonly component: string;
  readonly path: string;
}

/** Components that recognition finds by structure. */
export const recognisable = components.filter(each => each.recognised).map(each => each.id);

/** Compares what was found in a trace with its labels. `find` gives the paths of a component. */
export function compareWithLabels(
  model: LabelledModel,
  trace: Trace,
  find: (trace: Trace, component: string) => readonly string[],
): { readonly counts: ReadonlyMap<string, Count>; readonly mistakes: readonly Mistake[] } {
  const labels = labelsOf(model, trace);
  const mistakes: Mistake[] = [];
  const counts = new Map<string, Count>();
  for (const component of recognisable) {
    const found = new Set(find(trace, component));
    const count = { right: 0, wrong: 0, missed: 0 };
    for (const [path, truth] of labels) {
      const is = truth.has(component);
      if (found.has(path) && is) count.right++;
      else if (found.has(path) || is) {
        const kind = is ? "missed" : "wrong";
        count[kind]++;
        mistakes.push({ kind, component, path });
      }
    }
    counts.set(component, count);
  }
  return { counts, mistakes };
}
