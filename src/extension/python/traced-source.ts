import type { Place, Trace } from "../../shared/trace.ts";

/** A tensor that stands somewhere in a source: one of the runs of that place. */
export interface TracedTensor {
  readonly trace: Trace;
  /** Indices into the trace's values: one, or several where a call gave several. */
  readonly values: readonly number[];
  /** Path of the module that ran. */
  readonly module: string;
  /** For a run's statistics: an id where there is one. */
  readonly reference: string | number;
}

/** A place that has tensors, in the order in which it ran. */
export interface TracedPlace {
  readonly kind: "variable" | "parameter" | "return" | "call" | "module";
  /** Of the variable or parameter (`self.x` for attributes), the function or module that was called; null for a return. */
  readonly name: string | null;
  readonly place: Place;
  readonly runs: readonly TracedTensor[];
}

/** Everything that traces say of one file. */
export interface TracedSource {
  readonly places: readonly TracedPlace[];
  /** Names of functions, such as `Block.forward`, that ran. */
  readonly functions: ReadonlySet<string>;
}

/** Reads what traces say of a file; where several ran the same place, the first one counts. Null where none did. */
export function tracedSource(traces: readonly Trace[], file: string): TracedSource | null {
  const found = new Map<
    string,
    { -readonly [K in keyof TracedPlace]: TracedPlace[K] } & { runs: TracedTensor[] }
  >();
  const functions = new Set<string>();
  let sha256: string | null = null;
  for (const trace of traces) {
    const index = trace.files.findIndex(entry => entry.path === file);
    if (index < 0) continue;
    sha256 ??= trace.files[index]!.sha256;
    if (trace.files[index]!.sha256 !== sha256) continue;
    // Layers that repeat share their places: what a place is called is worked out once.
    const keys = new Map<number, string>();
    const keyOf = (at: number) => {
      const known = keys.get(at);
      if (known !== undefined) return known;
      const place = trace.places[at]!;
      const key = `${place.line} ${place.column} ${place.endLine} ${place.endColumn}`;
      keys.set(at, key);
      functions.add(place.function);
      return key;
    };
    const marked = new Set<number>();
    const add = (
      kind: TracedPlace["kind"],
      name: string | null,
      at: number,
      run: Omit<TracedTensor, "trace">,
    ) => {
      const place = trace.places[at]!;
      if (place.file !== index) return;
      const named = kind === "variable" || kind === "parameter" ? name : "";
      const key = `${kind} ${named} ${keyOf(at)}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { kind, name, place, runs: [{ trace, ...run }] });
      else if (known.runs[0]!.trace === trace) known.runs.push({ trace, ...run });
    };
    const pathOf = (module: number) => trace.modules[module]!.path;
    for (const { variable, value, module, place, id } of trace.named)
      if (place !== null)
        add(variable === null ? "module" : "variable", variable ?? lastOf(pathOf(module)), place, {
          values: [value],
          module: pathOf(module),
          reference: id,
        });
    for (const { name, values, module, place } of trace.passed ?? [])
      add(name === null ? "return" : "parameter", name, place, {
        values,
        module: pathOf(module),
        reference: values[0]!,
      });
    for (const { function: called, module, places, results } of trace.calls) {
      for (const at of places) {
        if (marked.has(at)) continue;
        marked.add(at);
        const place = trace.places[at]!;
        if (place.file === index) functions.add(place.function);
      }
      const innermost = places[0];
      if (innermost !== undefined && results.length > 0)
        add("call", called, innermost, { values: results, module: pathOf(module), reference: results[0]! });
    }
  }
  return sha256 === null ? null : { places: [...found.values()], functions };
}

/**
 * The run of a place that is shown: that of the shown module, else of the chosen layer, else the first.
 * @param shown module path of a panel, or null.
 * @param layer number of the layer, or null.
 */
export function shownRun(
  runs: readonly TracedTensor[],
  shown: string | null,
  layer: number | null,
): TracedTensor {
  const near = ({ module }: TracedTensor) =>
    shown !== null && (module === shown || module.startsWith(`${shown}.`) || shown.startsWith(`${module}.`));
  const inLayer = ({ module }: TracedTensor) => layer !== null && layerIn(module) === layer;
  // Of a place that one module ran several times, the last has the value that stays.
  const chosen =
    runs.findLast(run => shown !== null && run.module === shown) ??
    runs.find(near) ??
    runs.find(inLayer) ??
    runs[0]!;
  return chosen;
}

/** Number of the layer in a module path: the first number in it; null where there is none. */
export function layerIn(path: string): number | null {
  const number = /(?:^|\.)(\d+)(?=\.|$)/.exec(path)?.[1];
  return number === undefined ? null : Number(number);
}

/** Numbers of the layers that ran a place. */
export function layersOf(runs: readonly TracedTensor[]): readonly number[] {
  return [...new Set(runs.flatMap(({ module }) => layerIn(module) ?? []))].sort((a, b) => a - b);
}

/** Paths of the modules of a class that a file defines. */
export function modulesOfClass(trace: Trace, file: string, className: string): readonly string[] {
  return trace.modules.flatMap(({ path, class: name, classPlace }) =>
    name === className && classPlace !== null && trace.files[trace.places[classPlace]!.file]?.path === file
      ? [path]
      : [],
  );
}

/** `q_proj` of `layers.0.attention.q_proj`. */
function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
