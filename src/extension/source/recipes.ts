import type { OpenRequest } from "../../runtime/live/types.ts";
import {
  type ClassDefinition,
  definitions,
  type Parameter,
  type PythonDocument,
} from "../../shared/python/index.ts";
import { callSites } from "./call-sites.ts";
import { argumentsFor, callWith, type Expression, type Reading, smallerCall } from "./construction.ts";
import { definingClass } from "./constructor-parameters.ts";
import { factories } from "./factories.ts";
import {
  asWritten,
  importExpression,
  type KnownClass,
  type NeighbourSource,
  type Neighbours,
} from "./neighbours.ts";
import { layerParameters } from "./torch-layers.ts";
import { classesAround, factoriesElsewhere, usesElsewhere } from "./uses.ts";

/** A way to build a class, and where it comes from. */
export interface Recipe {
  readonly from: "given" | "defaults" | "call" | "configuration" | "guess";
  /** As a reader would write it: `GPT(GPTConfig())`. */
  readonly written: string;
  /** Line from 0 of the call that it was read from; null for the others. */
  readonly line: number | null;
  readonly open: Pick<OpenRequest, "construct" | "sample" | "inputs" | "defaults" | "smaller">;
}

/**
 * Ways to build a class that its source allows, likeliest first: with its own defaults, as the source itself does
 * somewhere, as another source or a README does, with the defaults of its configuration class, else with usual sizes by the
 * names of parameters and by what they are handed to. Which of them holds is found by tracing. Empty where nothing is known: then a reader is asked.
 * @param neighbours what lies around the source; null where nothing of it is known.
 */
export function recipesFor(
  document: PythonDocument,
  className: string,
  neighbours: Neighbours | null = null,
): readonly Recipe[] {
  const source = neighbours?.source ?? byItself(document);
  const reading: Reading = { source, neighbours };
  const required = requiredParameters(className, source);
  const found = [...calls(document, className), ...fromFactories(document, className, reading)];
  if (neighbours) found.push(...elsewhere(neighbours, className));
  const outside = neighbours ? around(neighbours, className) : [];
  if (required !== null && required.length === 0) {
    const plain: Recipe = { from: "defaults", written: `${className}()`, line: null, open: {} };
    // A call that also shows what forward is given says more than defaults do.
    const own = [
      ...found.filter(({ open }) => open.sample),
      plain,
      ...found.filter(({ open }) => !open.sample),
    ];
    return [...own.map(withDefaults(className, reading)), ...outside];
  }
  const known = source.find(className);
  const defining = known && definingClass(known);
  // What its parameters mean is said where the constructor stands.
  const values = argumentsFor(
    required ?? [],
    { source: defining?.source ?? source, neighbours },
    defining?.definition.name ?? className,
  );
  if (values && required) found.push(made(className, values));
  const guesses = (recipe: Recipe) => Number(recipe.from === "guess");
  return [...found.map(withDefaults(className, reading)), ...outside].toSorted(
    (a, b) => guesses(a) - guesses(b),
  );
}

/**
 * Numbers that the constructor's parameters have or are given help to guess what forward is called on; what is too large to be run
 * with random weights is run smaller.
 */
function withDefaults(className: string, reading: Reading): (recipe: Recipe) => Recipe {
  const known = reading.source.find(className);
  const parameters = known?.definition.methods.get("__init__") ?? [];
  const numbers = parameters.flatMap(({ name, literal }) =>
    typeof literal === "number" ? [[name, literal]] : [],
  );
  const smaller = known && smallerCall(known, reading);
  return ({ open, ...recipe }) => {
    const defaults = { ...Object.fromEntries(numbers), ...open.defaults };
    return {
      ...recipe,
      open: {
        ...open,
        ...(Object.keys(defaults).length > 0 ? { defaults } : {}),
        ...(smaller === null ? {} : { smaller }),
      },
    };
  };
}

/** Parameters of the constructor without a default, of the class or of the first base that has one; null where it is not here. */
export function requiredParameters(
  className: string,
  source: Pick<NeighbourSource, "find">,
  seen: readonly ClassDefinition[] = [],
): readonly Parameter[] | null {
  const known = source.find(className);
  if (!known || seen.includes(known.definition)) return null;
  const { definition } = known;
  const own = definition.methods.get("__init__");
  if (own) return own.filter(({ name, hasDefault }) => name !== "self" && !hasDefault);
  for (const base of definition.bases) {
    const inherited =
      requiredParameters(base, known.source, [...seen, definition]) ??
      layerParameters(base)?.filter(({ hasDefault }) => !hasDefault);
    if (inherited) return inherited;
  }
  // A base of a package that is not read: nn.Module itself takes nothing.
  return definition.bases.every(base => /(^|\.)Module$/.test(base)) ? [] : null;
}

const lone = new WeakMap<PythonDocument, NeighbourSource>();

/** A source of which nothing around is known. */
export function byItself(document: PythonDocument): NeighbourSource {
  const before = lone.get(document);
  if (before) return before;
  const classes = definitions(document).filter(each => each.kind === "class");
  const source: NeighbourSource = {
    path: "",
    document,
    classes,
    find(name): KnownClass | null {
      const definition = classes.findLast(each => each.name === name);
      return definition ? { definition, python: name, source } : null;
    },
  };
  lone.set(document, source);
  return source;
}

/** Ways to build a class of another source that builds this one: shapes are shown for all that runs. */
function around(neighbours: Neighbours, className: string): readonly Recipe[] {
  return classesAround(neighbours, className).flatMap(({ use: { document, module }, name }) => {
    const source = byItself(document);
    // Names that it uses are its own: what it is built with is read there.
    const there = (python: string) => `eval(${JSON.stringify(python)}, vars(${importExpression(module!)}))`;
    return recipesFor(document, name, { ...neighbours, source, uses: [] })
      .slice(0, MOST_AROUND)
      .map(({ from, written, open: { construct, sample, defaults } }) => ({
        from,
        written,
        line: null,
        open: {
          construct: there(construct ?? `${name}()`),
          ...(sample ? { sample: `*${there(`(lambda *given: given)(${sample})`)}` } : {}),
          ...(defaults ? { defaults } : {}),
        },
      }));
  });
}

/** Ways of each class around that are tried. */
const MOST_AROUND = 2;

/** Calls in other sources and in READMEs. */
function elsewhere(neighbours: Neighbours, className: string): readonly Recipe[] {
  const found = [...usesElsewhere(neighbours, className), ...factoriesElsewhere(neighbours, className)];
  return found.map(({ construct, written, sample }) => ({
    from: "call",
    written,
    line: null,
    open: { construct, ...(sample === null ? {} : { sample }) },
  }));
}

function calls(document: PythonDocument, className: string): readonly Recipe[] {
  return callSites(document, className).map(({ construct, written, sample, line }) => ({
    from: "call",
    written,
    line,
    open: { construct, ...(sample === null ? {} : { sample }) },
  }));
}

/** Functions of the source that make one, with usual values for what they have no default for. */
function fromFactories(document: PythonDocument, className: string, reading: Reading): readonly Recipe[] {
  return factories(document, className).flatMap(({ name, required, line }): Recipe[] => {
    const values = argumentsFor(required, reading, name);
    if (values === null) return [];
    const recipe = made(name, values);
    return [values.size === 0 ? { ...recipe, from: "call", line } : recipe];
  });
}

function made(className: string, values: ReadonlyMap<string, Expression>): Recipe {
  const construct = callWith(className, values);
  const from = [...values.values()].some(({ guessed }) => guessed) ? "guess" : "configuration";
  const numbers = [...values].flatMap(([name, { python }]) =>
    Number.isFinite(Number(python)) ? [[name, Number(python)] as const] : [],
  );
  const defaults = numbers.length > 0 ? { defaults: Object.fromEntries(numbers) } : {};
  return {
    from,
    written: asWritten(construct),
    line: null,
    open: { construct, ...defaults },
  };
}
