import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { SizeBindings } from "../../shared/size.ts";
import type { InputSpec, Trace, TraceRequest, TraceResult } from "../../shared/trace.ts";
import { type Cache, cacheAt } from "../models/cache.ts";
import { cudaRuntime } from "../models/cuda-provider.ts";
import { progressLines } from "../models/progress.ts";
import type { TraceComponents } from "../recognise/components.ts";
import { placeholders } from "../recognise/placeholders.ts";
import { Recogniser } from "../recogniser/recogniser.ts";
import { cudaLibraryFolders } from "../session/cuda-libraries.ts";
import { SessionProcess } from "../session/process.ts";
import { TracerProcess } from "../tracer/process.ts";
import { openCheckpointWeights } from "../weights/checkpoint-weights.ts";
import { readCheckpointFolder } from "./checkpoint.ts";
import { CheckpointFit, unusedNote } from "./checkpoint-fit.ts";
import { isMixed } from "./examples.ts";
import { Fits } from "./fits.ts";
import { firstThatFits } from "./fitting.ts";
import { candidateInputs, freeCandidates } from "./guesses.ts";
import { concretise, SYMBOLS } from "./inputs.ts";
import { OpenModel } from "./model.ts";
import { randomWeights, TooManyWeightsError } from "./random-weights.ts";
import { SourceError } from "./source-error.ts";
import { stackedExperts } from "./stacked-experts.ts";
import { TraceStore } from "./trace-store.ts";
import type { LiveModel, OpenRequest } from "./types.ts";
import type { Variant } from "./variant-store.ts";
import { Variants } from "./variants.ts";

export interface LiveOptions {
  /** The cache that the extension and the command line share; see src/runtime/models. */
  readonly cacheDirectory: string;
  /** Scripts of the child processes, where they are not beside this bundle. */
  readonly tracerEntry?: string;
  readonly sessionEntry?: string;
  readonly recogniserEntry?: string;
  /** Node that the child processes run under; by default the one that runs this. */
  readonly node?: string;
  readonly log?: (line: string) => void;
}

/** What forward may be called on: what is likely, what to begin with elsewhere, and the module tree where it was looked at. */
interface Candidates {
  readonly tree: Trace | null;
  readonly candidates: readonly (readonly InputSpec[])[];
  readonly free: readonly (readonly InputSpec[])[];
  /** Whether these may be changed until they fit. */
  readonly mayFit: boolean;
}

/** So many experts are all traced one by one for their shapes. */
const MOST_OPENED = 32;

/** From source to numbers: one tracer, one session process and one recognising thread, behind every model that is open. */
export class Live {
  readonly #tracer: TracerProcess;
  readonly #session: SessionProcess;
  readonly #traces: TraceStore;
  readonly #fits = new Fits();
  /** Classes of sources that took what was likely. */
  readonly #likely = new Set<string>();
  readonly #recogniser: Recogniser;
  readonly #randomFolder: string;
  readonly #cache: Cache;
  /** Where the sources that were opened import from: PyTorch may lie there, and CUDA's libraries with it. */
  readonly #packages = new Set<string>();
  readonly #log: (line: string) => void;

  constructor({ cacheDirectory, tracerEntry, sessionEntry, recogniserEntry, node, log }: LiveOptions) {
    this.#log = log ?? (() => undefined);
    this.#tracer = new TracerProcess({ cacheDirectory, entry: tracerEntry, node, log });
    this.#cache = cacheAt(cacheDirectory);
    this.#session = new SessionProcess({
      entry: sessionEntry,
      node,
      log,
      runtime: () => cudaRuntime(this.#cache),
      libraries: () => cudaLibraryFolders(process.env, [...this.#packages]),
    });
    this.#traces = new TraceStore(this.#cache.traces, this.#tracer.version);
    this.#recogniser = new Recogniser({ folder: this.#cache.components, entry: recogniserEntry });
    this.#randomFolder = join(cacheDirectory, "random");
  }

  /** Traces, or answers from the cache while the sources are what they were. Never throws for a fault of the source. */
  trace(request: TraceRequest, signal?: AbortSignal): Promise<TraceResult> {
    const make = (fitted: TraceRequest) => this.#tracer.trace(fitted, signal);
    return this.#traces.resolve(request, () => this.#fits.trace(request, make));
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
    for (const folder of [...(request.packages ?? []), request.transformers])
      if (folder !== null) this.#packages.add(folder);
    const { checkpoint, fit, common } = await this.#prepare(request);
    const { tree, ...candidates } = await this.#candidates(request, common, signal);
    let random: string | null = null;
    try {
      if (!fit) random = await randomWeights(tree ?? (await this.#tree(common, signal)), this.#randomFolder);
    } catch (error) {
      const { sample, defaults, arguments: given, ...rest } = request;
      const { construct, smaller } = request;
      if (!(error instanceof TooManyWeightsError) || smaller === undefined || construct === smaller)
        throw error;
      return await this.open({ ...rest, construct: smaller }, signal);
    }
    const variants = new Variants({
      trace: (wanted, abort) => this.trace(wanted, abort),
      session: this.#session,
      request: common,
      weights: fit ? (trace, abort) => fit.placeFor(trace, abort) : async () => random!,
      providers: request.providers ?? ["cpu"],
      log: this.#log,
    });
    try {
      const main = await firstThatTraces(variants, candidates, request.sizes, signal);
      if (candidates.candidates.includes(main.specs)) this.#likely.add(classOf(request));
      const loaded = await variants.load(main, signal);
      const note = checkpoint && unusedNote(main.trace, checkpoint.folder);
      if (note) this.#log(note);
      return new OpenModel({
        main,
        loaded,
        variants,
        session: this.#session,
        checkpoint,
        smaller: request.construct === request.smaller ? (request.smaller ?? null) : null,
        precision: fit?.precision ?? t("float32"),
        log: this.#log,
      });
    } catch (error) {
      variants.dispose();
      throw error;
    }
  }

  /**
   * What a source does, without weights and without a session: the trace that `open` would run but for experts, which are
   * opened where they are few, or the module tree alone where `forward` takes nothing.
   * @throws SourceError when the source cannot be traced.
   */
  async shapes(request: OpenRequest, signal?: AbortSignal): Promise<Trace> {
    const { common } = await this.#prepare(request);
    const { candidates, free, mayFit } = await this.#candidates(request, common, signal);
    const attempt = async (inputs: readonly InputSpec[]) => {
      const result = await this.trace({ ...common, inputs }, signal);
      signal?.throwIfAborted();
      if (!result.ok) throw new SourceError(result.failure);
      if (!isServing(result.trace, inputs, candidates)) return null;
      if (candidates.includes(inputs)) this.#likely.add(classOf(request));
      return await this.#opened(result.trace, { ...common, inputs }, signal);
    };
    return await firstThatFits(candidates, free, attempt, mayFit);
  }

  /** What the values and modules of a trace are by structure; looked at once, in a thread of its own. */
  components(trace: Trace): Promise<TraceComponents> {
    return this.#recogniser.components(trace, this.#traces.bytesOf(trace));
  }

  /** Ends the processes and the thread; open models can no longer run. */
  dispose(): void {
    this.#tracer.dispose();
    this.#session.dispose();
    this.#recogniser.dispose();
  }

  /** The same with experts that run one by one, of many the first few: then their own lines have shapes too. */
  async #opened(trace: Trace, request: TraceRequest, signal?: AbortSignal): Promise<Trace> {
    const experts = stackedExperts(trace);
    if (experts === 0) return trace;
    const opened = experts > MOST_OPENED ? "few" : "eager";
    const result = await this.trace({ ...request, experts: opened }, signal);
    signal?.throwIfAborted();
    return result.ok ? result.trace : trace;
  }

  async #prepare(request: OpenRequest) {
    const checkpoint = request.checkpoint ? await readCheckpointFolder(request.checkpoint) : null;
    const fit =
      checkpoint &&
      new CheckpointFit(
        checkpoint,
        await openCheckpointWeights(checkpoint.folder),
        this.#cache,
        progressLines(this.#log),
      );
    const common = {
      source: request.source,
      class: request.class,
      config: checkpoint?.config ?? request.config ?? null,
      arguments: request.arguments,
      construct: request.construct,
      call: request.call,
      packages: request.packages,
      transformers: request.transformers,
      overlay: request.overlay,
      ...(fit?.request ?? { checkpointNames: null }),
    } satisfies Omit<TraceRequest, "inputs" | "cache">;
    return { checkpoint, fit, common };
  }

  /** What forward can be called on; the module tree, where that had to be looked at for it. */
  async #candidates(
    { inputs, sample, defaults, arguments: given }: OpenRequest,
    common: Omit<TraceRequest, "inputs" | "cache">,
    signal?: AbortSignal,
  ): Promise<Candidates> {
    const mayFit = !this.#likely.has(classOf(common));
    if (inputs) return { tree: null, candidates: [inputs], free: [], mayFit };
    const tree = await this.#tree({ ...common, sample }, signal);
    const config = { ...defaults, ...given, ...common.config };
    return { tree, candidates: candidateInputs(tree, config), free: freeCandidates(tree, config), mayFit };
  }

  async #tree(request: Omit<TraceRequest, "inputs" | "cache">, signal?: AbortSignal): Promise<Trace> {
    const result = await this.modules(request, signal);
    signal?.throwIfAborted();
    if (!result.ok) throw new SourceError(result.failure);
    return result.trace;
  }
}

/** The variant of the first arguments that forward can be traced on; the first failure where there are none. */
async function firstThatTraces(
  variants: Variants,
  { candidates, free, mayFit }: Omit<Candidates, "tree">,
  sizes?: SizeBindings,
  signal?: AbortSignal,
): Promise<Variant> {
  // Some take one row alone, such as those with a cache of that size inside.
  const one = new Map([[SYMBOLS.batch.symbol, 1]]);
  const single = sizes ? [] : candidates.map(specs => concretise(specs, new Set(one.keys()), one));
  const attempt = async (specs: readonly InputSpec[]) => {
    const variant = await variants.forRuns(specs, sizes ? [sizes] : [], { signal });
    return isServing(variant.trace, specs, candidates) ? variant : null;
  };
  return await firstThatFits([...candidates, ...single], free, attempt, mayFit);
}

const classOf = ({ source, class: name }: Pick<OpenRequest, "source" | "class">) => `${source}#${name}`;

/**
 * Whether a run can go the way of a trace: a text with a picture or a sound has to be given all that the source asks of it,
 * unless there is nothing else to call it on.
 */
function isServing(
  trace: Trace,
  specs: readonly InputSpec[],
  candidates: readonly (readonly InputSpec[])[],
): boolean {
  const asks = trace.incomplete || trace.guards.some(({ kind }) => kind === "data");
  return !isMixed(specs) || !asks || candidates.every(isMixed) || placeholders(trace, new Map()).length > 0;
}
