import type { DType } from "./dtype.ts";
import type { PrimitiveAttributes, PrimitiveName, Scalar } from "./primitives.ts";
import type { Polynomial, Size } from "./size.ts";

/** Raised whenever the meaning of a trace changes; traces of another version are traced again. */
export const TRACE_VERSION = 1;

/**
 * What one forward pass of unmodified source does, without any numbers: plain data, written by the tracer. Every
 * cross-reference is an index into a table of the same trace.
 */
export interface Trace {
  readonly version: number;
  /** Class that was built and called. */
  readonly class: string;
  /** Every source file that was read, absolute, with the SHA-256 of the text that ran. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly places: readonly Place[];
  readonly modules: readonly TracedModule[];
  readonly parameters: readonly TracedParameter[];
  readonly symbols: readonly SizeSymbol[];
  readonly values: readonly Value[];
  readonly operations: readonly Operation[];
  readonly calls: readonly Call[];
  readonly named: readonly NamedValue[];
  readonly outputs: readonly Output[];
  readonly guards: readonly Guard[];
  /** What is doubtful though it was traced, in words, with a place where there is one. */
  readonly problems: readonly Problem[];
  /** What the source does at its top that could not be carried out; nothing that was traced rests on it. */
  readonly failed?: readonly FailedStatement[];
  /** Paths of the modules that were not run: they do what others of their list did, of which this is a record. */
  readonly repeated?: readonly string[];
  /**
   * The source waits for a number that only a run gives (a list of sizes in a tensor): the trace ends at the value that
   * holds it, and its last guard on data holds for no run. Traced again with `answers`, it goes on.
   */
  readonly incomplete?: boolean;
  /** Arguments of the root's forward in order, without self and without `*args` and `**kwargs`. */
  readonly forward?: readonly ForwardArgument[];
  /** Tensors that functions of traced source were given and gave back: for people; nothing is computed from it. */
  readonly passed?: readonly PassedValue[];
  /** Set where the request gave the checkpoint's shapes. */
  readonly checkpoint?: TracedCheckpoint;
}

/** How a checkpoint's tensors become the model's parameters and buffers. All lists in a fixed order. */
export interface TracedCheckpoint {
  /** Names everything that it rests on: the module tree, the checkpoint's shapes, and the rules of its names. */
  readonly identity: string;
  /** By name in the model. */
  readonly tensors: Readonly<Record<string, TensorExpression>>;
  /** Parameters that nothing in the checkpoint gives. */
  readonly missing: readonly string[];
  readonly mismatched: readonly {
    readonly name: string;
    readonly found: readonly number[];
    readonly expected: readonly number[];
  }[];
  /** Tensors of the checkpoint that the model has no place for. */
  readonly unused: readonly string[];
  /** Parameters whose rule could not be carried out, and why. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[];
}

/** A tensor of the checkpoint by its name there, or one that is laid out anew from such: no number changes. */
export type TensorExpression =
  | string
  | { readonly [P in LayoutPrimitive]: LayoutExpression<P> }[LayoutPrimitive];

export interface LayoutExpression<P extends LayoutPrimitive> {
  readonly primitive: P;
  readonly inputs: readonly TensorExpression[];
  readonly attributes: LayoutAttributes[P];
}

export type LayoutPrimitive = keyof LayoutAttributes;

/** The attributes of these primitives (primitives.ts), all sizes being numbers. */
export interface LayoutAttributes {
  reshape: { readonly shape: readonly number[] };
  permute: { readonly permutation: readonly number[] };
  slice: { readonly dim: number; readonly start: number; readonly end: number; readonly step: number };
  concat: { readonly dim: number };
}

export interface ForwardArgument {
  readonly name: string;
  /** It has no default, and nothing else gives it, as a count of earlier positions is given. */
  readonly required: boolean;
  /** As it is written; left out where there is none. */
  readonly annotation?: string;
  /** Names that the source gives its dimensions in code or in words, such as `b`, `n`, `d`; left out where it does not. */
  readonly dimensions?: readonly string[];
  /** The tensor that the request's `sample` gives for it. */
  readonly example?: { readonly dtype: DType; readonly shape: readonly number[] };
}

/** A parameter of a function of traced source that held a tensor, or what a `return` gave. */
export interface PassedValue {
  /** Name of the parameter; null for a `return`. */
  readonly name: string | null;
  /** One, or the tensors of what was returned, in order. */
  readonly values: readonly number[];
  readonly module: number;
  /** Of the parameter's name, or of the `return` statement. */
  readonly place: number;
}

/** A span of source. Lines from 1, columns from 0 in code points, as CPython has them; ends are exclusive in columns. */
export interface Place {
  readonly file: number;
  readonly line: number;
  readonly endLine: number;
  readonly column: number;
  readonly endColumn: number;
  /** Qualified name of the enclosing function, such as `LlamaAttention.forward`. */
  readonly function: string;
}

export interface TracedModule {
  /** Path from the root, `model.layers.0.self_attn`; the root's is "". */
  readonly path: string;
  readonly class: string;
  /** Place of `class X` itself, or null for torch.nn's own. */
  readonly classPlace: number | null;
  /** The innermost statement, in the innermost frame of model code, that creates it; null for the root. */
  readonly place: number | null;
}

export interface TracedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly place: number | null;
  /** Other names of the same tensor (tied weights). */
  readonly aliases: readonly string[];
  /** Buffers are listed only where the checkpoint may hold them (persistent). */
  readonly kind: "parameter" | "buffer";
}

/** A size that is free: axis of an input. Several axes may share one symbol. */
export interface SizeSymbol {
  /** `batch_size`, `sequence`, `decoder_sequence`, `past`, … */
  readonly name: string;
  readonly hint: number;
  readonly axes: readonly { readonly input: string; readonly axis: number }[];
}

export interface Value {
  readonly dtype: DType;
  readonly shape: readonly Size[];
  /** Set for a leaf: what it is and its name; a value with neither leaf nor operation is one that the body of a loop is given. */
  readonly leaf?: { readonly kind: "input" | "parameter"; readonly name: string };
  /** It rests on uninitialised memory (torch.empty, randn): a run that needs it is refused. */
  readonly uninitialised?: boolean;
  /** Complex numbers are kept as real with a last dimension of 2; true where that is so. */
  readonly complex?: boolean;
}

/** One primitive. */
export interface Operation<P extends PrimitiveName = PrimitiveName> {
  readonly primitive: P;
  readonly inputs: readonly (number | null)[];
  readonly outputs: readonly number[];
  readonly attributes: PrimitiveAttributes[P];
  /** The torch call it belongs to, or null for what the tracer adds itself. */
  readonly call: number | null;
}

/** One torch call as the reader wrote it. */
export interface Call {
  /** `torch.matmul`, `Tensor.view`, `nn.functional.softmax`. */
  readonly function: string;
  /** Module that was running, index into `modules`. */
  readonly module: number;
  /** Innermost frame of model code first, then its callers up to the module's forward. */
  readonly places: readonly number[];
  /** Values returned; for calls that return their own input, that input's value. */
  readonly results: readonly number[];
  readonly alias: boolean;
}

/**
 * A value that has a name: assigned to a variable, or returned by a module. `id` is `module.path:variable#k`, k counting
 * from 0 the assignments of that variable while that module ran; in a loop over a free size (`scan`) all iterations count
 * as one, and the value has a further first axis, the step. The bare module path is the module's output
 * (`path#k` for the k-th call of a module that is called again, `path[i]` for the i-th of several tensors).
 */
export interface NamedValue {
  readonly id: ValueId;
  readonly value: number;
  readonly module: number;
  /** Variable's name, or null for a module's output. */
  readonly variable: string | null;
  /** The assignment (statement), or for an output the call's place in the caller; null for the root's output. */
  readonly place: number | null;
  /** Call stack below the module's forward, outermost first, as places: tells two calls of one function apart. */
  readonly stack: readonly number[];
}

export type ValueId = string;

/** What forward returned, flattened: `logits`, `last_hidden_state`, `0`, `present.0.key`. */
export interface Output {
  readonly name: string;
  readonly value: number;
}

/**
 * A decision that control flow took. Before a run every guard on sizes is evaluated with that run's sizes; one that
 * comes out differently means another trace. Guards on data are checked after the run, as extra outputs.
 */
export type Guard =
  | {
      readonly kind: "size";
      readonly comparison: "lt" | "le" | "gt" | "ge" | "eq" | "ne";
      readonly left: Polynomial;
      readonly right: Polynomial;
      readonly result: boolean;
      readonly place: number | null;
    }
  | {
      readonly kind: "data";
      readonly value: number;
      readonly result: Scalar | readonly Scalar[];
      readonly place: number | null;
    };

export interface Problem {
  readonly message: string;
  readonly place: number | null;
}

/** A statement at the top of the traced file that was left out. */
export interface FailedStatement {
  readonly place: number;
  /** Later statements at the top that were left out because they rest on it. */
  readonly resting: readonly number[];
  /** Why, as in `TraceFailure`. */
  readonly message: string;
  readonly arguments: readonly string[];
}

/** Why a source could not be traced; every field that can be known is set. */
export interface TraceFailure {
  readonly kind: "syntax" | "unsupported" | "python" | "missing" | "limit" | "crashed" | "cancelled";
  /** One sentence for a person: what, where, why, next step; English, with {0}… for `arguments` (see l10n.ts). */
  readonly message: string;
  readonly arguments: readonly string[];
  readonly file: string | null;
  readonly line: number | null;
  readonly operation: string | null;
  /** Python's own traceback, for the log. */
  readonly detail: string | null;
  /** What would have let the call go on; left out where nothing says so. */
  readonly fit?: ArgumentFit;
  /** The package for lack of which it failed, where it could be brought. */
  readonly package?: AbsentPackage;
}

/** A top-level name that source imports and that no folder holds, with the line of the import where there is one. */
export interface AbsentPackage {
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
}

/** A free size that has to be another one, or an argument that needs another rank or element type. */
export type ArgumentFit =
  | { readonly symbol: string; readonly size: number | { readonly symbol: string } }
  | { readonly argument: string; readonly rank: number }
  | { readonly argument: string; readonly dtype: DType };

export type TraceResult =
  | { readonly ok: true; readonly trace: Trace }
  | { readonly ok: false; readonly failure: TraceFailure };

/** One argument of forward. A symbolic dimension has a name and the hint to trace with. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | { readonly symbol: string; readonly hint: number })[];
}

/** What to build and call. */
export interface TraceRequest {
  /** Absolute path of the modeling file. */
  readonly source: string;
  readonly class: string;
  /** config.json of the checkpoint, parsed; null to build the class from `arguments` alone. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** Keyword arguments of the constructor where there is no config. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** Python expression, read in the source's own namespace, that builds the object: in place of config and arguments. */
  readonly construct?: string;
  /**
   * Python expression that calls it, over the object as `model` and the inputs by their names, read in the source's own
   * namespace; by default `model` is called with the inputs as keyword arguments.
   */
  readonly call?: string;
  /**
   * Arguments as they stand between the parentheses of a call of the object, read in the source's own namespace: their
   * tensors become `forward[…].example`. Nothing is called on them.
   */
  readonly sample?: string;
  /** Folders such as site-packages, in which imports are looked up after the source's own folder. */
  readonly packages?: readonly string[];
  /** Folder that holds `transformers/`; null where the source does not import it. */
  readonly transformers: string | null;
  /** Unsaved text by absolute path; wins over the disk. */
  readonly overlay?: Readonly<Record<string, string>>;
  /** Empty: build the module tree only. */
  readonly inputs: readonly InputSpec[];
  /** Names in the checkpoint, so that buffers found there become leaves; null: every parameter, no buffer. */
  readonly checkpointNames: readonly string[] | null;
  /** Shapes of the tensors by these names: then the trace says how the model's parameters come from them. */
  readonly checkpointShapes?: Readonly<Record<string, readonly number[]>>;
  /** How an earlier trace of the same checkpoint fitted it: taken over while all that it rested on is what it was. */
  readonly fitted?: TracedCheckpoint;
  /**
   * Trace a step of decoding: outputs `present.<path>` hold all that the source carries on to the next step (keys and values
   * as `present.N.key|value`, states of a recurrence, tensors that modules keep). If `inputs` has `past.input_ids`, what
   * `input_ids` were for everything before, the step goes on from there, and what is carried to it are further inputs
   * `past_key_values.<path>`, which the trace names.
   */
  readonly cache?: boolean;
  /** How experts that are held in one tensor run: together, one by one, or only the first few: that is for shapes alone. */
  readonly experts?: "grouped" | "eager" | "few";
  /** False: a layer that certainly does what two before it did is run all the same. The trace is the same. */
  readonly repeats?: boolean;
  /** What Python's reads of data gave in a run, in the order of the data guards: the trace then goes that way. */
  readonly answers?: readonly (Scalar | readonly Scalar[])[];
}
