import type { Remote } from "../../shared/channel.ts";
import type { ComponentHost, ComponentView } from "../../shared/protocol/component.ts";

/** What is around a panel. */
export interface Surroundings {
  /** The extension host, for everything that a panel cannot do itself. */
  readonly host: Remote<ComponentHost, ComponentView>;
  /** Language of the UI, BCP 47. */
  readonly language: string;
}

let surroundings: Surroundings | null = null;

/** Called once, before anything is drawn. */
export function provideHost(given: Surroundings): void {
  surroundings = given;
}

export function useHost(): Surroundings {
  if (!surroundings) throw new Error("Nothing has been provided for the panel to stand in.");
  return surroundings;
}
