import { normalize } from "node:path";
import * as v from "valibot";
import { DTYPES } from "../../shared/dtype.ts";
import type { Trace, TraceFailure, TraceResult } from "../../shared/trace.ts";

const table = v.array(v.looseObject({}));
const index = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));

const failure: v.GenericSchema<unknown, TraceFailure> = v.object({
  kind: v.picklist(["syntax", "unsupported", "python", "missing", "limit", "crashed", "cancelled"]),
  message: v.string(),
  arguments: v.array(v.string()),
  file: v.nullable(v.string()),
  line: index,
  operation: v.nullable(v.string()),
  detail: v.nullable(v.string()),
  fit: v.optional(
    v.union([
      v.object({
        symbol: v.string(),
        size: v.union([v.pipe(v.number(), v.integer(), v.minValue(1)), v.object({ symbol: v.string() })]),
      }),
      v.object({ argument: v.string(), rank: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
      v.object({ argument: v.string(), dtype: v.picklist(DTYPES) }),
    ]),
  ),
  package: v.optional(v.object({ name: v.string(), file: v.nullable(v.string()), line: index })),
});

/** The outline of a trace: every table is there. What the tables hold comes from our own tracer. */
const outline = v.object({
  version: v.number(),
  class: v.string(),
  files: v.array(v.object({ path: v.string(), sha256: v.string() })),
  places: table,
  modules: table,
  parameters: table,
  symbols: table,
  values: table,
  operations: table,
  calls: table,
  named: table,
  outputs: table,
  guards: table,
  problems: table,
  repeated: v.optional(v.array(v.string())),
  incomplete: v.optional(v.boolean()),
  forward: v.optional(v.array(v.looseObject({ name: v.string(), required: v.boolean() }))),
  passed: v.optional(table),
  failed: v.optional(
    v.array(
      v.looseObject({ resting: v.array(v.number()), message: v.string(), arguments: v.array(v.string()) }),
    ),
  ),
  checkpoint: v.optional(v.looseObject({ tensors: v.record(v.string(), v.unknown()) })),
});

const result = v.variant("ok", [
  v.object({ ok: v.literal(true), trace: outline }),
  v.object({ ok: v.literal(false), failure }),
]);

/**
 * What the tracing process answered, checked: its outline, and that every cross-reference points into its table. Paths
 * are the platform's again.
 * @throws Error that says what does not fit.
 */
export function parseTraceResult(json: string): TraceResult {
  const parsed = v.safeParse(result, JSON.parse(json));
  if (!parsed.success) throw new Error(`trace: ${v.summarize(parsed.issues)}`);
  if (!parsed.output.ok) {
    const { file, package: lacked, ...rest } = parsed.output.failure;
    const named = lacked && { package: { ...lacked, file: lacked.file && normalize(lacked.file) } };
    return { ok: false, failure: { ...rest, file: file && normalize(file), ...named } };
  }
  const trace = parsed.output.trace as unknown as Trace;
  checkReferences(trace);
  return {
    ok: true,
    trace: { ...trace, files: trace.files.map(file => ({ ...file, path: normalize(file.path) })) },
  };
}

function checkReferences(trace: Trace): void {
  const { files, places, modules, values, operations, calls } = trace;
  const check = (what: string, reference: number | null, size: number) => {
    if (reference === null) return;
    if (!Number.isInteger(reference) || reference < 0 || reference >= size) {
      throw new Error(`trace: ${what} refers to ${reference}, of ${size}`);
    }
  };
  for (const place of places) check("a place", place.file, files.length);
  for (const module of modules) {
    check(module.path, module.place, places.length);
    check(module.path, module.classPlace, places.length);
  }
  for (const parameter of trace.parameters) check(parameter.name, parameter.place, places.length);
  for (const operation of operations) {
    for (const input of operation.inputs) check(operation.primitive, input, values.length);
    for (const output of operation.outputs) check(operation.primitive, output, values.length);
    check(operation.primitive, operation.call, calls.length);
  }
  for (const call of calls) {
    check(call.function, call.module, modules.length);
    for (const place of call.places) check(call.function, place, places.length);
    for (const value of call.results) check(call.function, value, values.length);
  }
  for (const named of trace.named) {
    check(named.id, named.value, values.length);
    check(named.id, named.module, modules.length);
    check(named.id, named.place, places.length);
    for (const place of named.stack) check(named.id, place, places.length);
  }
  for (const output of trace.outputs) check(output.name, output.value, values.length);
  for (const guard of trace.guards) {
    check("a guard", guard.place, places.length);
    if (guard.kind === "data") check("a guard", guard.value, values.length);
  }
  for (const passed of trace.passed ?? []) {
    check("a passed value", passed.place, places.length);
    check("a passed value", passed.module, modules.length);
    for (const value of passed.values) check("a passed value", value, values.length);
  }
  for (const { place, resting } of trace.failed ?? [])
    for (const each of [place, ...resting]) check("a failed statement", each, places.length);
  for (const problem of trace.problems) check("a problem", problem.place, places.length);
}
