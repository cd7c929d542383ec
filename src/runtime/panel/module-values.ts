import type { PrimitiveName } from "../../shared/primitives.ts";
import type { ValueRef } from "../../shared/run.ts";
import type { NamedValue, Trace } from "../../shared/trace.ts";

/** A value that a module's forward computes. */
export interface ModuleValue {
  /** Stays the same under edits elsewhere. */
  readonly id: string;
  /** To ask a run for it. */
  readonly reference: ValueRef;
  readonly value: number;
  /** Variable, called module or function; null for what the module returns. */
  readonly label: string | null;
  readonly place: number | null;
  /** Only a part of its line computes it. */
  readonly part: boolean;
}

/** Most values that are listed of one module. */
const MOST = 60;

/** What moves numbers about without changing any; calls of these alone say nothing new. */
const MOVING: ReadonlySet<PrimitiveName> = new Set([
  "const",
  "size",
  "fill",
  "range",
  "cast",
  "reshape",
  "permute",
  "expand",
  "tile",
  "slice",
  "concat",
  "pad",
]);

/**
 * The values of one module in the order in which they are computed: its variables, what the modules it calls return, the
 * arithmetic between them that has no name, and at last what it returns itself.
 */
export function moduleValues(trace: Trace, path: string): ModuleValue[] {
  const index = trace.modules.findIndex(module => module.path === path);
  const variables = trace.named
    .filter(named => named.module === index && named.variable !== null)
    .map(variable);
  const seen = new Set(variables.map(each => each.value));
  const fresh = (each: ModuleValue) => !seen.has(each.value) && Boolean(seen.add(each.value));
  const children = trace.named
    .filter(named => named.variable === null && isChild(trace.modules[named.module]!.path, path))
    .map(named => child(named, path))
    .filter(fresh);
  const outputs = trace.named.filter(named => named.module === index && named.variable === null);
  const returned = new Set(outputs.map(named => named.value));
  const arithmetic = calls(trace, index).filter(each => !returned.has(each.value) && fresh(each));
  const inOrder = [...variables, ...children, ...arithmetic].sort((a, b) => a.value - b.value);
  const last = outputs.map(output).filter(fresh);
  return [...inOrder.slice(0, MOST), ...last];
}

function variable(named: NamedValue): ModuleValue {
  const { id, value, variable: label, place } = named;
  return { id, reference: id, value, label, place, part: false };
}

function output({ id, value, place }: NamedValue): ModuleValue {
  return { id, reference: id, value, label: null, place, part: true };
}

function child({ id, value, place }: NamedValue, path: string): ModuleValue {
  return { id, reference: id, value, label: path === "" ? id : id.slice(path.length + 1), place, part: true };
}

function isChild(path: string, parent: string): boolean {
  const inside = parent === "" ? path !== "" : path.startsWith(`${parent}.`);
  // A list of modules is no step of its own: `layers.0` is what is called.
  return inside && /^[^.]+(\.\d+)?$/.test(parent === "" ? path : path.slice(parent.length + 1));
}

/** Torch calls of the module itself that compute something new. */
function calls(trace: Trace, module: number): ModuleValue[] {
  const counts = new Map<string, number>();
  const computing = new Set<number>();
  for (const { call, primitive } of trace.operations)
    if (call !== null && !MOVING.has(primitive)) computing.add(call);
  return trace.calls.flatMap((call, index): ModuleValue[] => {
    const value = call.results[0];
    if (call.module !== module || call.alias || value === undefined || !computing.has(index)) return [];
    const label = call.function.split(".").at(-1)!.replaceAll("__", "");
    const count = counts.get(label) ?? 0;
    counts.set(label, count + 1);
    const id = `${trace.modules[module]!.path}:@${label}#${count}`;
    return [{ id, reference: value, value, label, place: call.places[0] ?? null, part: true }];
  });
}
