import type { AttentionDocument, AttentionRole, Figure, NamedSize } from "../../shared/protocol/component.ts";
import type { Intervention, Token } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import type { Drawing, DrawingRequest } from "../live/types.ts";
import type { Attention, AttentionPart } from "../recognise/attention.ts";
import { numbers } from "../session/numbers.ts";
import { quote, type SourceTexts } from "./source-text.ts";
import { placeOf, referenceTo } from "./value-names.ts";

interface Drawn {
  /** Names of its axes. */
  readonly axes: readonly [heads: string, row: string, column: string];
  readonly masked: DrawingRequest["values"][number]["masked"];
}

/** Roles in the order of the computation. */
const ROLES: Readonly<Record<AttentionRole, Drawn>> = {
  query: { axes: ["heads", "query", "feature"], masked: false },
  key: { axes: ["keyValueHeads", "key", "feature"], masked: false },
  scores: { axes: ["heads", "query", "key"], masked: "later" },
  scaled: { axes: ["heads", "query", "key"], masked: "later" },
  masked: { axes: ["heads", "query", "key"], masked: true },
  weights: { axes: ["heads", "query", "key"], masked: true },
  value: { axes: ["keyValueHeads", "key", "feature"], masked: false },
  output: { axes: ["heads", "query", "feature"], masked: false },
};
const ORDER = Object.keys(ROLES) as AttentionRole[];

/** Pixels that a head has in the strip of all heads. */
const THUMBNAIL = 42;

function partsOf(attention: Attention): [AttentionRole, AttentionPart][] {
  return ORDER.flatMap(role => {
    const part = attention.parts[role];
    return part ? [[role, part] as [AttentionRole, AttentionPart]] : [];
  });
}

/** Values that an attention's document is made of, one head of each. */
export function attentionDrawing(trace: Trace, attention: Attention, head: number): DrawingRequest {
  const parts = partsOf(attention);
  const at = (role: AttentionRole) => parts.findIndex(([each]) => each === role);
  const before = at("scaled") >= 0 ? at("scaled") : at("scores");
  return {
    values: parts.map(([role, part]) => ({
      ...part,
      value: referenceTo(trace, part.value),
      masked: ROLES[role].masked,
    })),
    counted: at("weights"),
    head,
    mask: at("masked") >= 0 ? [before, at("masked")] : null,
    side: THUMBNAIL,
  };
}

/** Places that its figures quote. */
export function attentionPlaces(trace: Trace, attention: Attention): (number | null)[] {
  return partsOf(attention).map(([, part]) => placeOf(trace, part.value));
}

/** Token lists that rows and columns may stand for. */
export interface Axes {
  readonly query: readonly Token[];
  readonly key: readonly Token[];
}

/** An attention's document from what was drawn of one run. */
export function attentionDocument(
  trace: Trace,
  attention: Attention,
  drawing: Drawing,
  axes: Axes,
  interventions: readonly Intervention[],
  sources: SourceTexts,
): AttentionDocument {
  const figures = partsOf(attention).map(([role, part], i): Figure => {
    const { dtype, heads, cells, statistics, extent } = drawing.values[i]!;
    const [rows, columns] = cells.shape as [number, number];
    const reference = referenceTo(trace, part.value);
    return {
      role,
      id: String(reference),
      value: reference,
      headAxis: part.head,
      dtype,
      shape: namedShape(role, { heads, rows, columns }, part),
      heads,
      rows,
      columns,
      data: bufferOf(numbers(cells) as Float32Array),
      statistics,
      extent,
      previous: null,
      place: quote(trace, placeOf(trace, part.value), sources),
    };
  });
  const of = (role: AttentionRole) => figures.find(figure => figure.role === role)!;
  const weights = of("weights");
  const [, rows, columns] = drawing.thumbnails.shape as [number, number, number];
  const softmaxInput = attention.parts.masked ?? attention.parts.scaled ?? attention.parts.scores;
  return {
    kind: "attention",
    attention: attention.kind,
    heads: weights.heads,
    keyValueHeads: of("key").heads,
    headDimension: of("query").columns,
    scale: attention.scale,
    queryTokens: fitting(axes.query, weights.rows),
    keyTokens: fitting(axes.key, weights.columns),
    head: drawing.head,
    hidden: drawing.hidden && bufferOf(drawing.hidden.data),
    thumbnails: { rows, columns, data: bufferOf(numbers(drawing.thumbnails) as Float32Array) },
    figures,
    ablated: ablatedHeads(of("output"), interventions),
    softmaxInput: referenceTo(trace, softmaxInput.value),
    maskLift: attention.maskLift && {
      value: referenceTo(trace, attention.maskLift.value),
      selector: { axes: [] },
      operation: attention.maskLift.operation,
    },
  };
}

/** Elements alone, whatever they were a part of. */
function bufferOf(data: Float32Array | Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = data;
  const whole = byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
  return whole ? buffer : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}

/** The same document with the numbers of `earlier` beside its own, by role, where they differ and have the same shape. */
export function compareAttention(now: AttentionDocument, earlier: AttentionDocument): AttentionDocument {
  return {
    ...now,
    figures: now.figures.map(figure => {
      const other = earlier.figures.find(each => each.role === figure.role);
      const comparable = other && other.data.byteLength === figure.data.byteLength && differ(other, figure);
      return comparable ? { ...figure, previous: other.data } : figure;
    }),
  };
}

function differ(a: Figure, b: Figure): boolean {
  const [x, y] = [new Float32Array(a.data), new Float32Array(b.data)];
  return x.some((value, i) => value !== y[i]);
}

function namedShape(
  role: AttentionRole,
  { heads, rows, columns }: Pick<Figure, "heads" | "rows" | "columns">,
  part: AttentionPart,
): NamedSize[] {
  const [head, row, column] = ROLES[role].axes;
  const shape = [
    { name: row, size: rows },
    { name: column, size: columns },
  ];
  return part.head === null ? shape : [{ name: head, size: heads }, ...shape];
}

/** Tokens where there are as many as rows; else positions counted from 1 (patches, frames, memory slots). */
function fitting(tokens: readonly Token[], count: number): readonly Token[] {
  if (tokens.length === count) return tokens;
  return Array.from({ length: count }, (_, position) => ({ id: -1, text: String(position + 1) }));
}

/** Heads whose output an intervention sets to zero. */
function ablatedHeads(output: Figure, interventions: readonly Intervention[]): number[] {
  return interventions.flatMap(({ value, selector, operation }) => {
    const [axis, ...more] = selector.axes;
    const whole = value === output.value && operation.kind === "zero" && more.length === 0;
    return whole && axis?.axis === output.headAxis ? [axis.index] : [];
  });
}
