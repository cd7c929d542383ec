import { batch, signal } from "@preact/signals";
import { type PanelState, sameNumbers, sameRun } from "../../shared/panel-state.ts";
import type { Continuation, PanelDocument } from "../../shared/protocol/component.ts";
import type { Cell } from "../kit/heat-map.tsx";

/** What is shown; null until the host has answered. */
export const panel = signal<PanelDocument | null>(null);

/** What the reader chose; runs ahead of the document while the host works. */
export const state = signal<PanelState | null>(null);

/** What the host is doing, once it takes long enough to say so. */
export const work = signal<{ readonly label: string } | null>(null);

/** What the model goes on with; null until it is asked to. */
export const continuation = signal<Continuation | null>(null);

/** The cell under the pointer or the keyboard cursor. */
export const hovered = signal<Cell | null>(null);

/** The token chip under the pointer; its row and column are marked everywhere. */
export const hoveredToken = signal<number | null>(null);

export const editingPrompt = signal(false);
export const playing = signal(false);
export const showingKeys = signal(false);

/** The chosen step of `count`; until one is chosen, the one that the view opens with. */
export function chosenStep(count: number, first: number): number {
  return Math.min(Math.max(0, count - 1), state.value?.step ?? first);
}

/** The next or previous module of this component: usually a layer. */
export function moveModule(by: number): void {
  const shown = panel.value;
  if (!shown) return;
  // From the one that was chosen last, which may still be on its way: a quick reader presses several times.
  const chosen = shown.modules.findIndex(({ path }) => path === state.value?.module);
  const next = shown.modules[(chosen < 0 ? shown.module : chosen) + by];
  if (next) choose({ module: next.path });
}

/** How states leave the page; set once by main. */
let send: (next: PanelState, runs: boolean) => void = () => {};

export function onStateChange(listener: typeof send): void {
  send = listener;
}

/** Changes what the reader chose. What numbers depend on goes to the host at once, the rest when it is idle. */
export function choose(change: Partial<PanelState>): void {
  const before = state.value;
  if (!before) return;
  const next = { ...before, ...change };
  batch(() => {
    // The cursor is a cell of the figure that was large.
    if (next.step !== before.step || next.module !== before.module) hovered.value = null;
    state.value = next;
  });
  own.push(next);
  if (own.length > REMEMBERED) own.shift();
  send(next, !sameNumbers(before, next));
}

/** What was chosen here since the page was opened, latest last: a document that says the same is no news. */
const own: PanelState[] = [];
const REMEMBERED = 50;

/** A document arrives. Head, cell, step and how to continue stay as the reader left them unless the host has changed them itself. */
export function receive(document: PanelDocument): void {
  batch(() => {
    const shown = panel.value?.state;
    const chosen = state.value;
    const fresh = !chosen || shown?.component !== document.state.component;
    const news = (key: "head" | "cell" | "step" | "continuation") =>
      [shown, ...own].every(each => JSON.stringify(each?.[key]) !== JSON.stringify(document.state[key]));
    if (fresh) state.value = document.state;
    else if (!overtaken(document.state))
      state.value = {
        ...document.state,
        head: news("head") ? document.state.head : chosen.head,
        cell: news("cell") ? document.state.cell : chosen.cell,
        step: news("step") ? document.state.step : chosen.step,
        continuation: news("continuation") ? document.state.continuation : chosen.continuation,
      };
    if (fresh || !shown || !sameRun(shown, document.state)) hovered.value = null;
    panel.value = document;
  });
}

/** Whether a document answers what was chosen here before the latest choice. */
function overtaken(answered: PanelState): boolean {
  const latest = own.at(-1);
  return (
    latest !== undefined &&
    !sameNumbers(latest, answered) &&
    own.slice(0, -1).some(earlier => sameNumbers(earlier, answered))
  );
}
