import { t } from "../../shared/l10n.ts";
import type { Trace, TracedCheckpoint } from "../../shared/trace.ts";
import type { Cache } from "../models/cache.ts";
import { describePrecision, quantisedWeights } from "../models/checkpoint.ts";
import { fitWeights } from "../models/fitted-weights.ts";
import type { AddProgress } from "../models/progress.ts";
import type { CheckpointWeights } from "../weights/checkpoint-weights.ts";
import type { CheckpointFolder } from "./checkpoint.ts";

/** Names that a message lists. */
const LISTED = 3;

/** A checkpoint's weights as the traces of one model need them. */
export class CheckpointFit {
  readonly #checkpoint: CheckpointFolder;
  readonly #weights: CheckpointWeights;
  readonly #cache: Cache;
  readonly #onProgress?: (progress: AddProgress) => void;
  /** Folders by what they were fitted to: the traces of one model nearly always agree. */
  readonly #places = new Map<string, Promise<string>>();

  /** @throws Error where the weights are quantised in a way that cannot be read. */
  constructor(
    checkpoint: CheckpointFolder,
    weights: CheckpointWeights,
    cache: Cache,
    onProgress?: (progress: AddProgress) => void,
  ) {
    const quantised = checkpoint.config.quantization_config;
    if (typeof quantised === "object" && quantised !== null) {
      throw new Error(quantisedWeights(checkpoint.folder, quantised));
    }
    this.#checkpoint = checkpoint;
    this.#weights = weights;
    this.#cache = cache;
    this.#onProgress = onProgress;
  }

  /** How the weights are stored, in words. */
  get precision(): string {
    return describePrecision(this.#weights);
  }

  /** What a trace has to know of the checkpoint. */
  get request(): { checkpointNames: string[]; checkpointShapes: Record<string, readonly number[]> } {
    const names = [...this.#weights.names].sort();
    const shapes = names.map(name => [name, this.#weights.find(name)!.shape]);
    return { checkpointNames: names, checkpointShapes: Object.fromEntries(shapes) };
  }

  /**
   * Where the weights lie that a trace runs with; see `openWeights`.
   * @throws Error that names the parameters which the checkpoint lacks or has in another shape.
   */
  async placeFor(trace: Trace, signal?: AbortSignal): Promise<string> {
    const { folder } = this.#checkpoint;
    if (!trace.checkpoint) throw new Error(`${trace.class}: traced without a checkpoint`);
    requireParameters(trace, trace.checkpoint, folder);
    const key = JSON.stringify(trace.checkpoint.tensors);
    const known = this.#places.get(key);
    if (known) return known;
    const made = fitWeights(folder, this.#weights, trace.checkpoint, this.#cache, {
      signal,
      onProgress: this.#onProgress,
    });
    this.#places.set(key, made);
    made.catch(() => this.#places.delete(key));
    return made;
  }
}

/** What of the checkpoint finds no place in the model, in words; null where everything does. */
export function unusedNote({ checkpoint }: Trace, folder: string): string | null {
  const unused = checkpoint?.unused ?? [];
  if (unused.length === 0) return null;
  return t("{0} holds {1} tensors that the model does not use: {2}.", folder, unused.length, listed(unused));
}

/** Refuses a checkpoint that lacks what the traced pass needs. */
function requireParameters(trace: Trace, checkpoint: TracedCheckpoint, folder: string): void {
  const aliases = new Map(trace.parameters.map(({ name, aliases }) => [name, [name, ...aliases]]));
  const names = trace.values.flatMap(({ leaf }) => (leaf?.kind === "parameter" ? [leaf.name] : []));
  const absent = names.filter(
    name => !(aliases.get(name) ?? [name]).some(alias => Object.hasOwn(checkpoint.tensors, alias)),
  );
  if (absent.length === 0) return;
  const failed = checkpoint.failed.find(({ name }) => absent.includes(name));
  if (failed) {
    throw new Error(
      t("{0}: {1} could not be made from the checkpoint: {2}", folder, failed.name, failed.reason),
    );
  }
  const mismatched = checkpoint.mismatched.find(({ name }) => absent.includes(name));
  if (mismatched) {
    throw new Error(
      t(
        "{0}: the checkpoint holds it as [{1}], the source makes it [{2}]. Check that the config belongs to these weights.",
        mismatched.name,
        mismatched.found.join(", "),
        mismatched.expected.join(", "),
      ),
    );
  }
  throw new Error(
    t(
      "{0} lacks {1} of the parameters that {2} needs: {3}. Choose a checkpoint of this class.",
      folder,
      absent.length,
      trace.class,
      listed(absent),
    ),
  );
}

function listed(names: readonly string[]): string {
  return [...names.slice(0, LISTED), ...(names.length > LISTED ? ["…"] : [])].join(", ");
}
