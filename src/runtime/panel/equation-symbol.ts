import type { EquationSymbol } from "../../shared/protocol/paper-context.ts";
import type { Trace } from "../../shared/trace.ts";

/** A value of a trace that a symbol of an equation stands for. */
export interface LocatedSymbol {
  /** Index of the value. */
  readonly value: number;
  /** Its name in the source. */
  readonly name: string;
}

/**
 * The value that a symbol of a module's equation stands for: what the module is given, or one of its parameters. Null where
 * more than one could be meant: a feed-forward module of three matrices has no W₁ and W₂.
 * @param path of the module.
 */
export function locateSymbol(trace: Trace, path: string, symbol: EquationSymbol): LocatedSymbol | null {
  switch (symbol) {
    case "input":
      return inputOf(trace, path);
    case "weight-1":
      return nth(parametersOf(trace, path, 2), 0, 2);
    case "weight-2":
      return nth(parametersOf(trace, path, 2), 1, 2);
    case "bias-1":
      return nth(parametersOf(trace, path, 1), 0, 2);
    case "bias-2":
      return nth(parametersOf(trace, path, 1), 1, 2);
    case "scale":
      return nth(named(parametersOf(trace, path, 1), false), 0, 1);
    case "shift":
      return nth(named(parametersOf(trace, path, 1), true), 0, 1);
    default:
      return null;
  }
}

/** The first number tensor that the module's forward is given. */
function inputOf(trace: Trace, path: string): LocatedSymbol | null {
  const module = trace.modules.findIndex(each => each.path === path);
  const passed = trace.passed?.find(
    each =>
      each.module === module &&
      each.name !== null &&
      each.values.length === 1 &&
      trace.values[each.values[0]!]?.dtype.includes("float"),
  );
  return passed ? { value: passed.values[0]!, name: passed.name! } : null;
}

/** Parameters of a number of dimensions below a module, in the order in which they are used. */
function parametersOf(trace: Trace, path: string, dimensions: number): LocatedSymbol[] {
  const found: LocatedSymbol[] = [];
  const seen = new Set<number>();
  for (const input of trace.operations.flatMap(({ inputs }) => inputs)) {
    const value = input === null ? undefined : trace.values[input];
    if (input === null || value?.leaf?.kind !== "parameter" || seen.has(input)) continue;
    seen.add(input);
    const { name } = value.leaf;
    if ((path === "" || name.startsWith(`${path}.`)) && value.shape.length === dimensions)
      found.push({ value: input, name });
  }
  return found;
}

function named(parameters: readonly LocatedSymbol[], bias: boolean): LocatedSymbol[] {
  return parameters.filter(({ name }) => /(?:^|[._])(?:bias|beta)$/.test(name) === bias);
}

/** One of exactly so many. */
function nth(found: readonly LocatedSymbol[], index: number, count: number): LocatedSymbol | null {
  return found.length === count ? found[index]! : null;
}
