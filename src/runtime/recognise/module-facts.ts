import type { PrimitiveName } from "../../shared/primitives.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import { type Attention, recogniseAttention } from "./attention.ts";
import { DataFlow } from "./graph.ts";

/** What a rule may ask about one module. */
export interface ModuleFacts {
  readonly path: string;
  readonly class: string;
  /** Operations that ran while this module itself was the innermost one. */
  readonly own: readonly Operation[];
  /** Its own and those of every module below it. */
  readonly all: readonly Operation[];
  /** Attentions inside it. */
  readonly attentions: readonly Attention[];
  readonly flow: DataFlow;
  /** Whether an operation ran inside this module. */
  includes(operation: Operation): boolean;
  ownCount(...primitives: readonly PrimitiveName[]): number;
  allCount(...primitives: readonly PrimitiveName[]): number;
}

const known = new WeakMap<Trace, readonly ModuleFacts[]>();

/** Facts of every module that does something, in the order of the module tree. */
export function moduleFacts(trace: Trace): readonly ModuleFacts[] {
  const facts = known.get(trace) ?? gather(trace);
  known.set(trace, facts);
  return facts;
}

function gather(trace: Trace): ModuleFacts[] {
  const flow = new DataFlow(trace);
  const attentions = recogniseAttention(trace);
  const own: Operation[][] = trace.modules.map(() => []);
  for (const operation of trace.operations)
    if (operation.call !== null) own[flow.moduleOf(operation)]!.push(operation);
  return trace.modules
    .map(({ path, class: name }, index) => {
      const below = trace.modules.flatMap((module, i) => (within(module.path, path) ? own[i]! : []));
      const inside = new Set(below);
      return {
        path,
        class: name,
        own: own[index]!,
        all: below,
        attentions: attentions.filter(attention => within(attention.path, path)),
        flow,
        includes: (operation: Operation) => inside.has(operation),
        ownCount: (...primitives: readonly PrimitiveName[]) => count(own[index]!, primitives),
        allCount: (...primitives: readonly PrimitiveName[]) => count(below, primitives),
      };
    })
    .filter(facts => facts.all.length > 0);
}

/** Whether `path` is `parent` or below it. */
export function within(path: string, parent: string): boolean {
  return parent === "" || path === parent || path.startsWith(`${parent}.`);
}

function count(operations: readonly Operation[], primitives: readonly PrimitiveName[]): number {
  return operations.filter(operation => primitives.includes(operation.primitive)).length;
}
