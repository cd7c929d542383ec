import type { DType } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { PrimitiveName } from "../../shared/primitives.ts";
import { formatSize, type Size } from "../../shared/size.ts";
import type { Operation, Trace } from "../../shared/trace.ts";
import type { Primitive } from "../primitives/primitive.ts";
import { PRIMITIVES } from "../primitives/table.ts";
import type { StoredWeight, Weights } from "../weights/stored.ts";
import { type Dimension, GraphBuilder } from "./builder.ts";
import { GraphContext } from "./context.ts";
import { type ControlPart, type InterventionSlot, lowerIntervention } from "./interventions.ts";
import { computedDType } from "./kernels.ts";
import { neededFor } from "./needed.ts";
import { ParameterLowering } from "./parameters.ts";
import { SizeLowering, sizeDependencies } from "./sizes.ts";

export interface LowerOptions {
  /** Values that are given from outside; nothing before them is lowered. forward's own inputs need not be named. */
  readonly inputs?: readonly number[];
  /** Values to declare as outputs. */
  readonly outputs: readonly number[];
  readonly interventions?: readonly InterventionSlot[];
}

export interface LoweredGraph {
  /** The model, for onnxruntime. */
  readonly bytes: Uint8Array;
  readonly inputs: readonly GraphInput[];
  /** Names to fetch by, in the order of `LowerOptions.outputs`. */
  readonly outputs: readonly { readonly name: string; readonly value: number; readonly dtype: DType }[];
  /** Folder for `session.model_external_initializers_file_folder_path`. */
  readonly weightFolder: string;
  readonly nodeCount: number;
}

export interface GraphInput {
  readonly name: string;
  /** Type to feed: half precision is fed as float32. */
  readonly dtype: DType;
  readonly shape: readonly Dimension[];
  readonly source:
    | { readonly kind: "value"; readonly value: number }
    /** A 0-d int64: the size of that name, where no input of the graph shows it. */
    | { readonly kind: "symbol"; readonly symbol: string }
    /** A part of the intervention of that number in `LowerOptions.interventions`. */
    | { readonly kind: "control"; readonly intervention: number; readonly control: ControlPart };
}

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
  readonly #inputs: GraphInput[] = [];
  readonly #symbolInputs = new Map<string, string>();

  constructor(trace: Trace, weights: Weights, options: LowerOptions) {
    this.#trace = trace;
    this.#weights = weights;
    this.#options = options;
    this.#given = new Set(options.inputs);
    this.#parameters = new ParameterLowering(this.#builder, weights, trace.parameters);
    const sizes = new SizeLowering(this.#builder, {
      symbol: name => this.#symbol(name),
      tensor: value => this.#name(value),
    });
    this.#context = new GraphContext(trace, this.#builder, sizes, value => this.#blocks(value));
  }

  run(): LoweredGraph {
    const { values, operations } = neededFor(this.#trace, this.#options.outputs, this.#given);
    requireInitialised(this.#trace, this.#options.outputs);
    for (const value of [...values].sort((a, b) => a - b)) this.#declareLeaf(value);
    for (const operation of operations) this.#lowerOperation(operation);
    const outputs = this.#options.outputs.map(value => {
      const dtype = computedDType(this.#trace.values[value]!.dtype);
      const name = this.#builder.output(this.#name(value), dtype, this.#dimensions(value));
      return { name, value, dtype };
    });
    return {
      bytes: this.#builder.finish(this.#trace.class),
      inputs: this.#inputs,
      outputs,
      weightFolder: this.#weights.folder,
      nodeCount: this.#builder.nodeCount,
    };
  }

  /** Inputs have to be known before anything asks for sizes; parameters are named when they are used. */
  #declareLeaf(index: number): void {
    const value = this.#trace.values[index]!;
    if (!this.#given.has(index) && value.leaf?.kind !== "input") return;
    const name = value.leaf?.name ?? `v${index}`;
    this.#addInput(name, value.dtype, this.#dimensions(index), { kind: "value", value: index });
    this.#assign(index, name);
  }

  #lowerOperation(operation: Operation): void {
    const row = PRIMITIVES[operation.primitive] as Primitive<PrimitiveName>;
    this.#builder.scope = this.#scopeOf(operation);
    const inputs = operation.inputs.map((value, i) => {
      if (value === null) return "";
      return this.#takenAsBlocks(row, operation, i, value) ? "" : this.#name(value);
    });
    row.lower(this.#context, operation, inputs).forEach((name, i) => {
      const value = operation.outputs[i]!;
      if (this.#given.has(value)) return;
      const dtype = computedDType(this.#trace.values[value]!.dtype);
      this.#builder.describe(name, dtype, this.#dimensions(value));
      this.#assign(value, name);
    });
  }

  /** Names the tensor of a value, after the interventions at it. */
  #assign(value: number, name: string): void {
    let current = name;
    this.#options.interventions?.forEach((slot, intervention) => {
      if (slot.value !== value) return;
      const declare = (control: ControlPart, dtype: DType, shape: readonly Dimension[]) => {
        const part = control.part === "index" ? `index.${control.axis}` : control.part;
        const source = { kind: "control", intervention, control } as const;
        return this.#addInput(`intervention.${intervention}.${part}`, dtype, shape, source);
      };
      current = lowerIntervention(this.#context, slot, current, this.#dimensions(value), declare);
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
    return stored && this.#parameters.blocks(this.#trace.values[index]!.leaf!.name, stored);
  }

  #addInput(name: string, dtype: DType, shape: readonly Dimension[], source: GraphInput["source"]): string {
    const held = computedDType(dtype);
    this.#builder.input(name, held, shape);
    this.#inputs.push({ name, dtype: held, shape, source });
    return name;
  }

  /** A symbol is read off an input that has it as an axis, else it is an input itself. */
  #symbol(symbol: string): { tensor: string; axis: number } | { scalar: string } {
    for (const { name, source } of this.#inputs) {
      if (source.kind !== "value") continue;
      const axis = this.#trace.values[source.value]!.shape.findIndex(size => symbolOf(size) === symbol);
      if (axis >= 0) return { tensor: name, axis };
    }
    let scalar = this.#symbolInputs.get(symbol);
    if (scalar === undefined) {
      scalar = this.#addInput(`size.${symbol}`, "int64", [], { kind: "symbol", symbol });
      this.#symbolInputs.set(symbol, scalar);
    }
    return { scalar };
  }

  #dimensions(value: number): Dimension[] {
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

/** The symbol that a size is, alone. */
function symbolOf(size: Size): string | null {
  if (typeof size === "number" || size.poly.length !== 1) return null;
  const [coefficient, atoms] = size.poly[0]!;
  const [atom] = atoms;
  return coefficient === 1 && atoms.length === 1 && atom!.kind === "symbol" ? atom!.name : null;
}

/** Refuses values that rest on memory that nothing has written to: numbers that PyTorch itself would make up. */
function requireInitialised(trace: Trace, outputs: readonly number[]): void {
  const value = outputs.find(output => trace.values[output]!.uninitialised);
  if (value === undefined) return;
  const { operations } = neededFor(trace, [value], new Set());
  const source = operations.find(operation =>
    operation.outputs.some(output => trace.values[output]!.uninitialised),
  );
  const call = source?.call == null ? null : trace.calls[source.call]!;
  const place = call?.places[0] === undefined ? null : trace.places[call.places[0]]!;
  throw new Error(
    t(
      "{0}: {1} gives memory that nothing has written to, and the result rests on it. Fill it first, with torch.zeros for example.",
      place === null ? trace.class : `${trace.files[place.file]!.path}:${place.line}`,
      call?.function ?? "torch.empty",
    ),
  );
}
