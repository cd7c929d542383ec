import { createHash } from "node:crypto";
import type { Tensor } from "../../shared/dtype.ts";
import { RecentlyUsed } from "./recently-used.ts";

/** Runs whose results are kept, so that a control of one layer does not run those before it. */
const KEPT_RUNS = 2;

/** Bytes that are kept of one run; what would be more, such as the logits of a long text, is computed again. */
const MOST_KEPT = 256 * 2 ** 20;

/** What is known of the last runs without interventions, by the bytes of their arguments. */
export class KnownValues {
  readonly #runs = new RecentlyUsed<Map<number, Tensor>>(KEPT_RUNS, () => undefined);

  /** What is known of a run with these arguments; `keep` adds to it. */
  of(inputs: Readonly<Record<string, Tensor>>): Promise<Map<number, Tensor>> {
    return this.#runs.get(fingerprint(inputs), async () => new Map<number, Tensor>());
  }

  /** The memory that is kept. */
  get buffers(): ReadonlySet<ArrayBufferLike> {
    const runs = [...this.#runs.values()];
    return new Set(runs.flatMap(known => [...known.values()].map(({ data }) => data.buffer)));
  }

  clear(): void {
    this.#runs.clear();
  }
}

/** Keeps those of `values` that were made, as far as there is room. */
export function keep(
  known: Map<number, Tensor>,
  made: ReadonlyMap<number, Tensor>,
  values: readonly number[],
): void {
  let room = [...known.values()].reduce((left, { data }) => left - data.byteLength, MOST_KEPT);
  for (const value of values) {
    const tensor = made.get(value);
    if (!tensor || known.has(value) || tensor.data.byteLength > room) continue;
    known.set(value, tensor);
    room -= tensor.data.byteLength;
  }
}

function fingerprint(inputs: Readonly<Record<string, Tensor>>): string {
  const hash = createHash("sha256");
  for (const [name, { dtype, shape, data }] of Object.entries(inputs).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(JSON.stringify([name, dtype, shape])).update(data);
  }
  return hash.digest("hex");
}
