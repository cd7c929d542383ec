import { createHash } from "node:crypto";
import type { Tensor } from "../../shared/dtype.ts";
import { RecentlyUsed } from "./recently-used.ts";

/** Runs whose results are kept, so that a control of one layer does not run those before it. */
const KEPT_RUNS = 2;

/** A larger result, such as the logits of a long text, is computed again rather than kept. */
const LARGEST_KEPT = 64 * 2 ** 20;

/** What is known of the last runs without interventions, by the bytes of their arguments. */
export class KnownValues {
  readonly #runs = new RecentlyUsed<Map<number, Tensor>>(KEPT_RUNS, () => undefined);

  /** What is known of a run with these arguments; `keep` adds to it. */
  of(inputs: Readonly<Record<string, Tensor>>): Promise<Map<number, Tensor>> {
    return this.#runs.get(fingerprint(inputs), async () => new Map<number, Tensor>());
  }

  clear(): void {
    this.#runs.clear();
  }
}

/** Keeps those of `values` that were made and are not too large. */
export function keep(
  known: Map<number, Tensor>,
  made: ReadonlyMap<number, Tensor>,
  values: readonly number[],
): void {
  for (const value of values) {
    const tensor = made.get(value);
    if (tensor && tensor.data.byteLength <= LARGEST_KEPT) known.set(value, tensor);
  }
}

function fingerprint(inputs: Readonly<Record<string, Tensor>>): string {
  const hash = createHash("sha256");
  for (const [name, { dtype, shape, data }] of Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify([name, dtype, shape])).update(data);
  }
  return hash.digest("hex");
}
