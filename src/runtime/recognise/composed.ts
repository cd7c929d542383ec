import type { Operation } from "../../shared/trace.ts";
import { type Facts, type Finding, within } from "./facts.ts";
import { attributes, type DataFlow } from "./graph.ts";

/** A mixer of tokens and a feed-forward network in one residual stream (Vaswani et al. 2017, section 3.1). */
export function blocks(facts: Facts): readonly Finding[] {
  const { flow, residuals } = facts;
  const networks = facts.find("feed-forward");
  const downs = new Set(networks.map(({ operations }) => operations[0]!));
  const written = new Set(residuals.flatMap(each => each.branch));
  const mixers: Finding[] = facts.attentions.filter(each => each.operations.every(part => written.has(part)));
  for (const { addition, branch } of residuals) {
    const mixing = branch.filter(each => mixesTokens(flow, each));
    if (mixing.length > 0 && !branch.some(each => downs.has(each)))
      mixers.push({ path: flow.enclosing([addition, ...mixing]), operations: mixing });
  }
  const holds = (path: string, findings: readonly Finding[]) =>
    findings.some(each => within(each.path, path));
  const streams = residuals.map(({ addition }) => ({
    path: flow.enclosing([addition]),
    operations: [addition],
  }));
  const found = flow.trace.modules
    .filter(({ path }) => flow.running(path) === path)
    .filter(({ path }) => holds(path, networks) && holds(path, mixers) && holds(path, streams))
    .map(({ path }) => ({ path, operations: [] }));
  return found.filter(each => !found.some(other => other !== each && within(other.path, each.path)));
}

/** A product of two hidden states, or with numbers that are no parameter; a convolution over several places; a scan. */
function mixesTokens(flow: DataFlow, found: Operation): boolean {
  const { primitive, inputs } = found;
  if (primitive === "matmul" || primitive === "einsum")
    return !inputs.some(each => each !== null && flow.isWeight(each));
  if (primitive === "reduce")
    return flow.rank(inputs[0]!) === 3 && attributes(found, "reduce").dims.includes(1);
  if (primitive === "conv")
    return flow
      .shape(inputs[1]!)
      .slice(2)
      .some(size => size > 1);
  return primitive === "cumsum" || primitive === "scan";
}

/** A router and the networks that work on what it chose (Shazeer et al. 2017). */
export function experts(facts: Facts): readonly Finding[] {
  const { flow } = facts;
  const networks = facts.find("feed-forward");
  return facts.find("router").flatMap(router => {
    const choice = router.operations[0]!;
    const after = flow.indexOf(choice.outputs[0]!);
    const rests = (value: number) => flow.rests(value, each => each === choice, 120);
    const chosen = networks.find(({ operations }) => {
      const down = operations[0]!.outputs[0]!;
      if (flow.indexOf(down) < after) return false;
      const hidden = operations.at(-1)!.inputs[0]!;
      return rests(hidden) || weighedSoon(flow, down, rests);
    });
    if (!chosen) return [];
    const operations = [...router.operations, ...chosen.operations];
    return [{ path: flow.enclosing(operations), operations }];
  });
}

/** Whether a value is multiplied with what `accepts` says yes to, within a few steps. */
function weighedSoon(flow: DataFlow, value: number, accepts: (value: number) => boolean): boolean {
  let front = [value];
  for (let depth = 0; depth < 6 && front.length > 0; depth++) {
    const consumers = front.flatMap(each => flow.consumers(each));
    for (const { primitive, inputs } of consumers)
      if (["mul", "matmul", "einsum"].includes(primitive))
        if (inputs.some(each => each !== null && !front.includes(each) && accepts(each))) return true;
    front = consumers.flatMap(each => each.outputs);
  }
  return false;
}
