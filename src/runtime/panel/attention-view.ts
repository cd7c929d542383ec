import { t } from "../../shared/l10n.ts";
import type { AttentionDocument, AttentionRole, Figure, NamedSize } from "../../shared/protocol/component.ts";
import type { Intervention, Token, ValueRef } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import type { RunResult } from "../live/types.ts";
import type { Attention, AttentionPart } from "../recognise/attention.ts";
import { statistics } from "../session/summary.ts";
import { type Cells, cellsOf, hiddenCells } from "./figure.ts";
import { quote, type SourceTexts } from "./source-text.ts";
import { placeOf, referenceTo } from "./value-names.ts";

/** Roles in the order of the computation, with the names of their axes. */
const ROLES: Readonly<Record<AttentionRole, readonly [heads: string, row: string, column: string]>> = {
  query: ["heads", "query", "feature"],
  key: ["keyValueHeads", "key", "feature"],
  scores: ["heads", "query", "key"],
  scaled: ["heads", "query", "key"],
  masked: ["heads", "query", "key"],
  weights: ["heads", "query", "key"],
  value: ["keyValueHeads", "key", "feature"],
  output: ["heads", "query", "feature"],
};
const ORDER = Object.keys(ROLES) as AttentionRole[];

function partsOf(attention: Attention): [AttentionRole, AttentionPart][] {
  return ORDER.flatMap(role => {
    const part = attention.parts[role];
    return part ? [[role, part] as [AttentionRole, AttentionPart]] : [];
  });
}

/** Values that an attention's document is made of, to be returned whole. */
export function attentionTaps(trace: Trace, attention: Attention): ValueRef[] {
  return partsOf(attention).map(([, part]) => referenceTo(trace, part.value));
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

/** An attention's document from one run. */
export function attentionDocument(
  trace: Trace,
  attention: Attention,
  run: Pick<RunResult, "taps">,
  axes: Axes,
  interventions: readonly Intervention[],
  sources: SourceTexts,
): AttentionDocument {
  const cells = new Map(
    partsOf(attention).map(([role, part]) => {
      const tensor = run.taps.get(referenceTo(trace, part.value));
      if (!tensor) throw new Error(t("The run returned no {0} of {1}.", role, attention.path));
      return [role, { part, tensor, cells: cellsOf(tensor, part) }] as const;
    }),
  );
  const of = (role: AttentionRole) => cells.get(role)?.cells;
  const masked = of("masked");
  const before = of("scaled") ?? of("scores");
  const hidden = masked && before ? hiddenCells(before, masked) : null;
  const weights = of("weights")!;
  const figures = [...cells].map(([role, { part, tensor, cells: own }]): Figure => {
    const reference = referenceTo(trace, part.value);
    return {
      role,
      id: String(reference),
      value: reference,
      headAxis: part.head,
      dtype: tensor.dtype,
      shape: namedShape(role, own, part),
      heads: own.heads,
      rows: own.rows,
      columns: own.columns,
      data: own.data.buffer,
      statistics: statistics(visible(own, hidden)),
      previous: null,
      place: quote(trace, placeOf(trace, part.value), sources),
    };
  });
  const output = figures.find(figure => figure.role === "output")!;
  const softmaxInput = attention.parts.masked ?? attention.parts.scaled ?? attention.parts.scores;
  return {
    kind: "attention",
    attention: attention.kind,
    heads: weights.heads,
    keyValueHeads: of("key")!.heads,
    headDimension: of("query")!.columns,
    scale: attention.scale,
    queryTokens: fitting(axes.query, weights.rows),
    keyTokens: fitting(axes.key, weights.columns),
    hidden: hidden?.buffer ?? null,
    figures,
    ablated: ablatedHeads(output, interventions),
    softmaxInput: referenceTo(trace, softmaxInput.value),
    maskLift: attention.maskLift && {
      value: referenceTo(trace, attention.maskLift.value),
      selector: { axes: [] },
      operation: attention.maskLift.operation,
    },
  };
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

function namedShape(role: AttentionRole, { heads, rows, columns }: Cells, part: AttentionPart): NamedSize[] {
  const [head, row, column] = ROLES[role];
  const shape = [
    { name: row, size: rows },
    { name: column, size: columns },
  ];
  return part.head === null ? shape : [{ name: head, size: heads }, ...shape];
}

/** What statistics are taken of: scores and weights that the mask forbids say nothing. */
function visible({ data }: Cells, hidden: Uint8Array | null): Float32Array {
  return hidden && hidden.length === data.length ? data.filter((_, i) => hidden[i] === 0) : data;
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
