import type { PanelState } from "../../shared/panel-state.ts";

/** The state with which a component opens. */
export function initialState(component: string, source: PanelState["source"] = null): PanelState {
  return {
    version: 1,
    component,
    source,
    model: null,
    module: null,
    prompt: "",
    head: 0,
    cell: null,
    step: null,
    interventions: [],
  };
}

/** What a panel is about: it is reused for the same component of the same source. */
export function subjectOf(state: Pick<PanelState, "component" | "source">): string {
  return JSON.stringify([state.component, state.source?.file ?? null]);
}
