import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { InputSpec, Trace, TraceRequest, TraceResult } from "../../shared/trace.ts";
import { cacheAt } from "../models/cache.ts";
import { describeCheckpoint } from "../models/checkpoint.ts";
import { SessionProcess } from "../session/process.ts";
import { TracerProcess, tracerVersion } from "../tracer/process.ts";
import { type CheckpointWeights, openCheckpointWeights } from "../weights/checkpoint-weights.ts";
import { readCheckpointFolder } from "./checkpoint.ts";
import { examples } from "./examples.ts";
import { OpenModel } from "./model.ts";
import { randomWeights } from "./random-weights.ts";
import { TraceStore } from "./trace-store.ts";
import { type LiveModel, type OpenRequest, SourceError } from "./types.ts";
import { describeFailure, type Variant, Variants } from "./variants.ts";

export interface LiveOptions {
  /** The cache that the extension and the command line share; see src/runtime/models. */
  readonly cacheDirectory: string;
  /** Scripts of the child processes, where they are not beside this bundle. */
  readonly tracerEntry?: string;
  readonly sessionEntry?: string;
  /** Node that the child processes run under; by default the one that runs this. */
  readonly node?: string;
  readonly log?: (line: string) => void;
}

/** Names of missing parameters that an error lists. */
const LISTED = 3;

/** From source to numbers: one tracer and one session process, behind every model that is open. */
export class Live {
  readonly #tracer: TracerProcess;
  readonly #session: SessionProcess;
  readonly #traces: TraceStore;
  readonly #randomFolder: string;
  readonly #log: (line: string) => void;

  constructor({ cacheDirectory, tracerEntry, sessionEntry, node, log }: LiveOptions) {
    this.#log = log ?? (() => undefined);
    this.#tracer = new TracerProcess({ cacheDirectory, entry: tracerEntry, node, log });
    this.#session = new SessionProcess({ entry: sessionEntry, node, log });
    this.#traces = new TraceStore(cacheAt(cacheDirectory).traces, tracerVersion());
    this.#randomFolder = join(cacheDirectory, "random");
  }

  /** Traces, or answers from the cache while the sources are what they were. Never throws for a fault of the source. */
  trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult> {
    return this.#traces.resolve(request, () => this.#tracer.trace(request, signal));
  }

  /** The module tree alone: nothing is called. */
  modules(request: Omit<TraceRequest, "inputs" | "cache">, signal?: AbortSignal): Promise<TraceResult> {
    return this.trace({ ...request, inputs: [] }, signal);
  }

  /**
   * Opens a source with a checkpoint's weights, or with random ones.
   * @throws SourceError when the source cannot be traced; Error that names what is missing in the checkpoint.
   */
  async open(request: OpenRequest, signal?: AbortSignal): Promise<LiveModel> {
    const checkpoint = request.checkpoint ? await readCheckpointFolder(request.checkpoint) : null;
    const stored = checkpoint ? await openCheckpointWeights(checkpoint.folder) : null;
    const common = {
      source: request.source,
      class: request.class,
      config: checkpoint?.config ?? request.config ?? null,
      arguments: request.arguments,
      transformers: request.transformers,
      overlay: request.overlay,
      checkpointNames: stored ? [...stored.names].sort() : null,
    } satisfies Omit<TraceRequest, "inputs" | "cache">;
    const tree = request.inputs ? null : await this.#tree(common, signal);
    const candidates = request.inputs
      ? [request.inputs]
      : examples(tree?.forward ?? [], { ...request.arguments, ...common.config });
    const folder =
      checkpoint?.folder ??
      (await randomWeights(tree ?? (await this.#tree(common, signal)), this.#randomFolder));
    const variants = new Variants({
      trace: (wanted, abort) => this.trace(wanted, abort),
      session: this.#session,
      request: common,
      weights: folder,
      providers: request.providers ?? ["cpu"],
      check: trace => {
        if (stored) requireParameters(trace, stored, folder);
      },
    });
    try {
      const main = await firstThatTraces(variants, candidates, signal);
      const loaded = await main.program.load(signal);
      const description =
        checkpoint && (await describeCheckpoint(checkpoint.folder, checkpoint.folder, "folder"));
      return new OpenModel({
        main,
        loaded,
        variants,
        session: this.#session,
        checkpoint,
        config: { ...request.arguments, ...common.config },
        precision: description?.precision ?? t("float32"),
        log: this.#log,
      });
    } catch (error) {
      variants.dispose();
      throw error;
    }
  }

  /** Ends both processes; open models can no longer run. */
  dispose(): void {
    this.#tracer.dispose();
    this.#session.dispose();
  }

  async #tree(request: Omit<TraceRequest, "inputs" | "cache">, signal?: AbortSignal): Promise<Trace> {
    const result = await this.modules(request, signal);
    signal?.throwIfAborted();
    if (!result.ok) throw new SourceError(result.failure, describeFailure(result.failure));
    return result.trace;
  }
}

/** The variant of the first arguments that forward can be traced on; the first failure where there are none. */
async function firstThatTraces(
  variants: Variants,
  candidates: readonly (readonly InputSpec[])[],
  signal?: AbortSignal,
): Promise<Variant> {
  let failure: unknown;
  for (const specs of candidates) {
    try {
      return await variants.forRuns(specs, [], { signal });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Refuses a checkpoint that lacks what the traced pass needs. */
function requireParameters(trace: Trace, stored: CheckpointWeights, folder: string): void {
  const aliases = new Map(trace.parameters.map(parameter => [parameter.name, parameter.aliases]));
  const missing = trace.values.flatMap(({ leaf }) => {
    if (leaf?.kind !== "parameter") return [];
    const names = [leaf.name, ...(aliases.get(leaf.name) ?? [])];
    return names.some(name => stored.names.has(name)) ? [] : [leaf.name];
  });
  if (missing.length === 0) return;
  const listed = missing.slice(0, LISTED).join(", ");
  throw new Error(
    t(
      "{0} lacks {1} of the parameters that {2} needs: {3}{4}. Choose a checkpoint of this class.",
      folder,
      missing.length,
      trace.class,
      listed,
      missing.length > LISTED ? ", …" : "",
    ),
  );
}
