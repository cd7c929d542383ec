import type * as vscode from "vscode";
import { chooseSource } from "../../runtime/live/source.ts";
import type { DescribeCheckpoint } from "../../runtime/models/checkpoint.ts";
import type { OutlinedTensor } from "../../shared/checkpoint/outline.ts";
import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";
import { showSource } from "../commands/show-source.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { TargetWorld } from "../source/target.ts";
import type { BackgroundTraces } from "../tracing/background-traces.ts";
import { parameterOf } from "./tensor-places.ts";

/**
 * From a tensor to the statement that makes its module or parameter: in a source that is open and has it, else in the one
 * that the config beside the checkpoint names.
 */
export class WeightSource {
  readonly #traces: BackgroundTraces;
  readonly #runtime: Runtime;
  readonly #world: TargetWorld;
  readonly #describe: DescribeCheckpoint;
  /** By folder of the checkpoint. */
  readonly #known = new Map<string, Promise<Trace>>();

  constructor(traces: BackgroundTraces, runtime: Runtime, world: TargetWorld, describe: DescribeCheckpoint) {
    this.#describe = describe;
    this.#traces = traces;
    this.#runtime = runtime;
    this.#world = world;
  }

  /** Opens the line; a sentence where there is none. */
  async open(
    tensor: OutlinedTensor,
    folder: string,
    beside: vscode.WebviewPanel,
    signal: AbortSignal,
  ): Promise<string | null> {
    try {
      const target = this.#openPlace(tensor) ?? (await this.#placeByConfig(tensor, folder, signal));
      if (target === null)
        return t(
          "The source that {0} belongs to does not make it. Open the source of its model.",
          tensor.name,
        );
      await showSource(target, beside);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #openPlace(tensor: OutlinedTensor): Target | null {
    for (const trace of this.#traces.all()) {
      const target = placeIn(trace, tensor);
      if (target !== null) return target;
    }
    return null;
  }

  async #placeByConfig(tensor: OutlinedTensor, folder: string, signal: AbortSignal): Promise<Target | null> {
    let known = this.#known.get(folder);
    if (known === undefined) {
      known = this.#runtime.during(this.#trace(folder, signal));
      this.#known.set(folder, known);
      known.catch(() => this.#known.delete(folder));
    }
    return placeIn(await known, tensor);
  }

  async #trace(folder: string, signal: AbortSignal): Promise<Trace> {
    const info = await this.#describe(folder, folder, "folder");
    if (info.architecture === null)
      throw new Error(
        t("No config.json beside the file names its class. Open the source of its model, then try again."),
      );
    const transformers = await this.#world.transformers(null);
    const source = await chooseSource(info, transformers);
    return await this.#runtime.shapes({ ...source, checkpoint: folder, transformers }, signal);
  }
}

interface Target {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function placeIn(trace: Trace, tensor: OutlinedTensor): Target | null {
  const parameter = parameterOf(trace, tensor);
  const place = parameter?.place == null ? undefined : trace.places[parameter.place];
  const file = place && trace.files[place.file]?.path;
  return place && file !== undefined ? { file, line: place.line, column: place.column } : null;
}
