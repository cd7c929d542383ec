import type { DType } from "../../shared/dtype.ts";
import type { PrimitiveName } from "../../shared/primitives.ts";
import { formatSize } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import type { ArithmeticOf, BlockArithmetic } from "../primitives/over-blocks.ts";
import { NoGraphError, type Primitive } from "../primitives/primitive.ts";
import { PRIMITIVES } from "../primitives/table.ts";
import type { StoredWeight, Weights } from "../weights/stored.ts";
import { type Dimension, GraphBuilder } from "./builder.ts";
import { GraphContext } from "./context.ts";
import type { InPlaceCache } from "./fused/cached-attention.ts";
import { type Fusion, fusionsByValue } from "./fused/fusion.ts";
import { lastRow } from "./fused/last-position.ts";
import { type GraphInput, GraphInputs } from "./graph-inputs.ts";
import { roundsToHalf } from "./half-precision.ts";
import { type ControlPart, type InterventionSlot, lowerIntervention } from "./interventions.ts";
import { computedDType } from "./kernels.ts";
import { neededFor } from "./needed.ts";
import { notComputed } from "./not-computed.ts";
import { ParameterLowering } from "./parameters.ts";
import { DATA_TYPE } from "./schema.ts";
import { SizeLowering, sizeDependencies } from "./sizes.ts";
import { requireInitialised } from "./uninitialised.ts";

export interface LowerOptions {
  /** Values that are given from outside; nothing before them is lowered. forward's own inputs need not be named. */
  readonly inputs?: readonly number[];
  /** Values to declare as outputs. */
  readonly outputs: readonly number[];
  readonly interventions?: readonly InterventionSlot[];
  /** Kernels that take the place of several operations. */
  readonly fusions?: readonly Fusion[];
  /** Caches whose buffers are larger than what is in them. */
  readonly caches?: readonly InPlaceCache[];
  /** Values of which the last position alone is wanted: all that `linear` computes of them. See `lastPositionOf`. */
  readonly lastPositions?: ReadonlySet<number>;
  /** What products with weights of few bits compute in; float32, which loses nothing, unless said. */
  readonly arithmetic?: BlockArithmetic | ArithmeticOf;
}

export type Activations = "float32" | "int8";

export interface LoweredGraph {
  /** The model, for onnxruntime. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly GraphInput[];
  /** Names to fetch by, in the order of `LowerOptions.outputs`. */
  readonly outputs: readonly { readonly name: string; readonly value: number; readonly dtype: DType }[];
  /** Folder for `session.model_external_initializers_file_folder_path`. */
  readonly weightFolder: string;
  readonly nodeCount: number;
  /** Names of the nodes that WebGPU computes with few digits, or wrongly. */
  readonly notForWebGpu: readonly string[];
  /** What activations are rounded to: int8 only where that was asked for and the graph has weights of few bits. */
  readonly activations: Activations;
  /** Whether products with more rows than the last position's are computed digit by digit. */
  readonly byDigits: boolean;
}

/**
 * WGSL promises 2⁻¹¹ of the angles' functions and no more, and nothing beyond ±π:
 * https://www.w3.org/TR/WGSL/#floating-point-accuracy
 * And runs the first one's shader for every other of the session, however that broadcasts (onnxruntime 1.30).
 */
const NOT_FOR_WEBGPU = new Set(["Sin", "Cos", "Tan", "And"]);

/**
 * Lowers what `outputs` rest on: a whole model, a segment between given values, or a sub-tree of its modules.
 * Throws Error where a parameter is missing from the weights or an output rests on uninitialised memory.
 */
export function lower(trace: Trace, weights: Weights, options: LowerOptions): LoweredGraph {
  return new TraceLowering(trace, weights, options).run();
}

class TraceLowering {
  readonly #trace: Trace;
  readonly #options: LowerOptions;
  readonly #weights: Weights;
  readonly #builder = new GraphBuilder();
  readonly #context: GraphContext;
  readonly #parameters: ParameterLowering;
  readonly #given: ReadonlySet<number>;
  readonly #names = new Map<number, string>();
  readonly #stored = new Map<number, StoredWeight>();
  readonly #inputs: GraphInputs;
  readonly #wanted = new Set<number>();
  readonly #roundsToHalf: (operation: Operation, value: number) => boolean;
  /** Tensors that hold the step of a loop's body. */
  readonly #steps = new Map<number, string>();
  /** What loops give of all iterations: the value of the body that each is, and the steps that it goes through. */
  readonly #iterations = new Map<number, { value: number; step: number; first: number }>();
  /** Axes that differ from the trace: of caches with room for more, and where the last position alone is left. */
  readonly #resized = new Map<number, Dimension[]>();
  #overBlocks = false;
  #byDigits = false;
  /** Whether what is lowered now has the last position's row alone. */
  #ofLastPosition = false;

  constructor(trace: Trace, weights: Weights, options: LowerOptions) {
    this.#trace = trace;
    this.#weights = weights;
    this.#options = options;
    this.#given = new Set(options.inputs);
    this.#roundsToHalf = roundsToHalf(trace);
    this.#inputs = new GraphInputs(trace, this.#builder, value => this.#resized.has(value));
    this.#parameters = new ParameterLowering(this.#builder, weights, trace.parameters);
    const sizes = new SizeLowering(this.#builder, {
      symbol: name => this.#inputs.symbol(name),
      tensor: value => this.#name(value),
      step: value => this.#steps.get(value),
    });
    const { arithmetic = "float32", caches = [], lastPositions = [] } = options;
    const arithmeticOf: ArithmeticOf = matrix => {
      const chosen = typeof arithmetic === "function" ? arithmetic(matrix) : arithmetic;
      this.#byDigits ||= chosen === "digits" && !this.#ofLastPosition;
      return chosen;
    };
    this.#context = new GraphContext(
      trace,
      this.#builder,
      sizes,
      value => this.#blocks(value),
      arithmeticOf,
      {
        name: value => this.#name(value),
        isWanted: value => this.#wanted.has(value),
        want: value => this.#wanted.add(value),
        enter: loop => this.#enter(loop),
        bind: (value, name) => this.#assign(value, name),
        bindStep: (value, name) => this.#steps.set(value, name),
        lower: operation => this.#lowerOperation(operation),
      },
    );
    for (const { past, present, fresh, joined } of caches) {
      for (const value of [past, present])
        this.#resized.set(value, this.#dimensions(value).with(2, "capacity"));
      const [batch, , tokens] = this.#dimensions(fresh) as [Dimension, Dimension, Dimension];
      if (joined) this.#resized.set(fresh, [batch, tokens, null]);
    }
    for (const value of lastPositions) this.#resized.set(value, this.#dimensions(value).with(1, null));
  }

  run(): LoweredGraph {
    const fusions = fusionsByValue(this.#options.fusions ?? []);
    const { values, operations, fused } = neededFor(this.#trace, this.#options.outputs, this.#given, fusions);
    requireInitialised(this.#trace, this.#options.outputs);
    for (const value of values) this.#wanted.add(value);
    for (const value of [...values].sort((a, b) => a - b)) this.#declareLeaf(value);
    for (const operation of operations) {
      const fusion = fused.get(operation);
      if (fusion) this.#lowerFusion(fusion, operation);
      else this.#lowerOperation(operation);
    }
    const outputs = this.#options.outputs.map(value => {
      const dtype = computedDType(this.#trace.values[value]!.dtype);
      const name = this.#builder.output(this.#name(value), dtype, this.#dimensions(value));
      return { name, value, dtype };
    });
    return {
      bytes: this.#builder.finish(this.#trace.class),
      inputs: this.#inputs.declared,
      outputs,
      weightFolder: this.#weights.folder,
      nodeCount: this.#builder.nodeCount,
      notForWebGpu: this.#builder.namesOf(NOT_FOR_WEBGPU),
      activations: this.#overBlocks && this.#options.arithmetic === "int8" ? "int8" : "float32",
      byDigits: this.#byDigits,
    };
  }

  /** Inputs have to be known before anything asks for sizes; parameters are named when they are used. */
  #declareLeaf(index: number): void {
    const value = this.#trace.values[index]!;
    if (!this.#given.has(index) && value.leaf?.kind !== "input") return;
    const name = value.leaf?.name ?? `v${index}`;
    this.#inputs.add(name, value.dtype, this.#dimensions(index), { kind: "value", value: index });
    this.#assign(index, name);
  }

  #lowerOperation(operation: Operation): void {
    const row = PRIMITIVES[operation.primitive] as Primitive<PrimitiveName>;
    this.#builder.scope = this.#scopeOf(operation);
    const inputs = operation.inputs.map((value, i) => {
      if (value === null) return "";
      return this.#takenAsBlocks(row, operation, i, value) ? "" : this.#name(value);
    });
    this.#ofLastPosition =
      operation.primitive === "linear" && (this.#options.lastPositions?.has(operation.outputs[0]!) ?? false);
    if (this.#ofLastPosition) inputs[0] = lastRow(this.#context, inputs[0]!);
    try {
      const names = row.lower(this.#context, operation, inputs);
      this.#assignAll(
        operation.outputs,
        names.map((name, i) => this.#rounded(operation, operation.outputs[i]!, name)),
      );
    } catch (error) {
      const call = this.#trace.calls[operation.call ?? -1];
      throw error instanceof NoGraphError && call
        ? notComputed(this.#trace, [call], error.message, error)
        : error;
    }
  }

  #rounded(operation: Operation, value: number, name: string): string {
    if (name === "" || !this.#roundsToHalf(operation, value)) return name;
    const narrow = this.#builder.node("Cast", [name], { to: DATA_TYPE[this.#trace.values[value]!.dtype] });
    return this.#builder.node("Cast", [narrow], { to: DATA_TYPE.float32 });
  }

  #lowerFusion(fusion: Fusion, operation: Operation): void {
    this.#ofLastPosition = false;
    this.#builder.scope = this.#scopeOf(operation);
    this.#assignAll(
      fusion.outputs,
      fusion.lower(this.#context, value => this.#name(value)),
    );
  }

  #assignAll(values: readonly number[], names: readonly string[]): void {
    names.forEach((name, i) => {
      const value = values[i]!;
      if (name === "" || this.#given.has(value)) return;
      const dtype = computedDType(this.#trace.values[value]!.dtype);
      this.#builder.describe(name, dtype, this.#dimensions(value));
      this.#assign(value, name);
    });
  }

  /** What a loop gives of all iterations is replaced inside of it, step by step. */
  #enter({ attributes: { body, first }, outputs }: Operation<"scan">): void {
    body.outputs.forEach((value, i) => {
      this.#iterations.set(outputs[body.carried.length + i]!, { value, step: body.step, first });
    });
  }

  /** Names the tensor of a value, after the interventions at it. */
  #assign(value: number, name: string): void {
    let current = name;
    this.#options.interventions?.forEach((slot, intervention) => {
      const iteration = this.#iterations.get(slot.value);
      if (value !== (iteration?.value ?? slot.value)) return;
      const declare = (control: ControlPart, dtype: DType, shape: readonly Dimension[]) => {
        const part = control.part === "index" ? `index.${control.axis}` : control.part;
        const source = { kind: "control", intervention, control } as const;
        return this.#inputs.add(`intervention.${intervention}.${part}`, dtype, shape, source);
      };
      const position = iteration && { tensor: this.#steps.get(iteration.step)!, first: iteration.first };
      const shape = this.#dimensions(slot.value);
      current = lowerIntervention(this.#context, slot, current, shape, declare, position);
    });
    this.#names.set(value, current);
  }

  #name(index: number): string {
    const known = this.#names.get(index);
    if (known !== undefined) return known;
    const value = this.#trace.values[index]!;
    const stored = this.#storedWeight(index);
    if (stored === null) throw new Error(`value ${index} is used before it is computed`);
    const scope = this.#builder.scope;
    this.#builder.scope = value.leaf!.name;
    this.#assign(index, this.#parameters.tensor(value.leaf!.name, stored, value.dtype));
    this.#builder.scope = scope;
    return this.#names.get(index)!;
  }

  #storedWeight(index: number): StoredWeight | null {
    const { leaf, shape } = this.#trace.values[index]!;
    if (leaf?.kind !== "parameter" || this.#given.has(index)) return null;
    let stored = this.#stored.get(index);
    if (stored === undefined) {
      stored = this.#parameters.find(leaf.name, shape as readonly number[]);
      this.#stored.set(index, stored);
    }
    return stored;
  }

  /** Blocks of few bits stay so where the primitive takes them; an intervention acts on the matrix itself. */
  #takenAsBlocks(row: Primitive<PrimitiveName>, operation: Operation, input: number, value: number): boolean {
    const kind = this.#storedWeight(value)?.kind ?? "plain";
    const touched = this.#options.interventions?.some(slot => slot.value === value);
    return kind !== "plain" && !touched && row.takesBlocks?.(operation, input, kind) === true;
  }

  #blocks(index: number) {
    const stored = this.#storedWeight(index);
    this.#overBlocks ||= stored !== null && stored.kind !== "plain";
    return stored && this.#parameters.blocks(this.#trace.values[index]!.leaf!.name, stored);
  }

  #dimensions(value: number): Dimension[] {
    const resized = this.#resized.get(value);
    if (resized) return resized;
    return this.#trace.values[value]!.shape.map(size =>
      typeof size === "number" ? size : sizeDependencies(size).size > 0 ? null : formatSize(size),
    );
  }

  #scopeOf({ call, primitive }: Operation): string {
    if (call === null) return primitive;
    const { module, function: name } = this.#trace.calls[call]!;
    return [this.#trace.modules[module]?.path, name].filter(Boolean).join("/");
  }
}
