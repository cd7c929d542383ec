import type { Trace } from "../../shared/trace.ts";

/**
 * How many experts, at most, a module of the trace holds in one parameter and computes with all together, so that no line of
 * its own forward ran: their number, first of the parameter's axes. 0 where there is none.
 */
export function stackedExperts({ modules, parameters, calls, places }: Trace): number {
  const called = new Map<number, boolean>();
  for (const { module, places: stack } of calls) {
    const own = `${modules[module]!.class}.forward`;
    if (!called.get(module))
      called.set(
        module,
        stack.some(at => places[at]!.function === own),
      );
  }
  const elsewhere = new Set([...called].flatMap(([module, own]) => (own ? [] : [modules[module]!.path])));
  const counts = parameters.flatMap(({ name, shape }) =>
    shape.length === 3 && elsewhere.has(name.slice(0, name.lastIndexOf("."))) ? [shape[0]!] : [],
  );
  return Math.max(0, ...counts);
}
