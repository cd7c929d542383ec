import { component as catalogueEntry, isComponentId } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import type { Trace } from "../../shared/trace.ts";
import { modulesOf } from "../recognise/modules.ts";

/** Modules that a panel offers, and which of them it shows. */
export interface ModuleChoice {
  readonly modules: PanelDocument["modules"];
  readonly index: number;
}

/**
 * The modules of a component in a trace, with the one that is asked for, else the first. A module that is asked for by
 * path is offered even where it is not recognised as the component.
 *
 * @throws Error where the model has no such module
 */
export function chooseModule(trace: Trace, component: string, wanted: string | null): ModuleChoice {
  const found = modulesOf(trace, component);
  const exists = wanted !== null && trace.modules.some(module => module.path === wanted);
  const paths = exists && !found.includes(wanted) ? inTreeOrder(trace, [...found, wanted]) : found;
  if (paths.length === 0)
    throw new Error(
      t(
        "{0} computes no {1}. Choose another source, or another model.",
        trace.class,
        isComponentId(component) ? catalogueEntry(component).name.en.toLowerCase() : component,
      ),
    );
  const index = wanted === null ? 0 : Math.max(0, paths.indexOf(wanted));
  return { modules: paths.map(path => ({ path, label: label(path, paths, trace) })), index };
}

/** "Layer 13" where the paths differ in their first number alone, else the path. */
function label(path: string, paths: readonly string[], trace: Trace): string {
  const number = /(?:^|\.)(\d+)(?=\.|$)/;
  const pattern = (each: string) => each.replace(number, ".*");
  const layer = number.exec(path)?.[1];
  if (layer !== undefined && paths.every(each => pattern(each) === pattern(path)))
    return t("Layer {0}", layer);
  return path === "" ? trace.class : path;
}

function inTreeOrder(trace: Trace, paths: readonly string[]): string[] {
  return trace.modules.map(module => module.path).filter(path => paths.includes(path));
}
