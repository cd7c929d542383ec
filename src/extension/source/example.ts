import * as v from "valibot";
import type { OpenRequest } from "../../runtime/live/types.ts";
import { DTYPES, type DType } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import type { InputSpec } from "../../shared/trace.ts";

/** What a reader says to build a class with and call it on; one entry of `.papertrace/examples.json`. */
export interface Example {
  /** A Python expression, read in the namespace of the source: `GPT(GPTConfig(n_layer=2))`. */
  readonly construct?: string;
  /** Keyword arguments of the constructor, where there is no expression. */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** Arguments of forward by name: `float32[batch, sequence, 64]`. */
  readonly inputs?: Readonly<Record<string, string>>;
}

const exampleSchema = v.strictObject({
  construct: v.optional(v.pipe(v.string(), v.nonEmpty())),
  arguments: v.optional(v.record(v.string(), v.unknown())),
  inputs: v.optional(v.record(v.string(), v.string())),
});

/** Something in `.papertrace/examples.json` is not as it should be. */
export class ExampleError extends Error {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  constructor(file: string, line: number, message: string) {
    super(`${file}:${line}: ${message}`);
    this.name = "ExampleError";
    this.file = file;
    this.line = line;
  }
}

/**
 * The examples in the text of a file, by `path/of/file.py#Class`.
 * @throws ExampleError that names file and line.
 */
export function parseExamples(text: string, file: string): Readonly<Record<string, Example>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExampleError(
      file,
      faultyLine(text),
      t("This is not JSON: {0}", reason.replace(/ \(line.*$/, "")),
    );
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed))
    throw new ExampleError(
      file,
      1,
      t("An object is needed, with an entry such as {0}.", '"model.py#Net": {}'),
    );
  for (const [key, value] of Object.entries(parsed)) {
    const line = lineOf(text, Math.max(0, text.indexOf(JSON.stringify(key))));
    const example = v.safeParse(exampleSchema, value);
    if (!example.success) throw new ExampleError(file, line, `${key}: ${v.summarize(example.issues)}`);
    for (const [name, form] of Object.entries(example.output.inputs ?? {}))
      if (parseInput(name, form) === null)
        throw new ExampleError(
          file,
          lineOf(text, Math.max(0, text.indexOf(JSON.stringify(name), text.indexOf(JSON.stringify(key))))),
          t(
            "“{0}” is no tensor: write its type and sizes, such as {1}.",
            form,
            "float32[batch, sequence, 64]",
          ),
        );
  }
  return parsed as Record<string, Example>;
}

/** What an example asks to be opened. */
export function openWith({ construct, arguments: given, inputs }: Example): Partial<OpenRequest> {
  const specs = Object.entries(inputs ?? {}).flatMap(([name, form]) => parseInput(name, form) ?? []);
  return {
    ...(construct === undefined ? {} : { construct }),
    ...(given === undefined ? {} : { arguments: given }),
    ...(specs.length === 0 ? {} : { inputs: specs }),
  };
}

/** A tensor as text, for an example: `int64[batch, sequence]`. */
export function formatInput({ dtype, shape }: Pick<InputSpec, "dtype" | "shape">): string {
  const sizes = shape.map(size =>
    typeof size === "number" ? size : size.symbol === "batch_size" ? "batch" : size.symbol,
  );
  return `${dtype}[${sizes.join(", ")}]`;
}

/** Hints of symbols that a reader names, all different. */
const HINTS = [11, 13, 17, 19, 23, 29] as const;

/** The same hints as everywhere else, so that a trace of the same sizes is the same trace. */
const KNOWN: Readonly<Record<string, { readonly symbol: string; readonly hint: number }>> = {
  batch: { symbol: "batch_size", hint: 3 },
  batch_size: { symbol: "batch_size", hint: 3 },
  sequence: { symbol: "sequence", hint: 7 },
};

function parseInput(name: string, form: string): InputSpec | null {
  const written = /^\s*(\w+)\s*\[([^\]]*)\]\s*$/.exec(form);
  const dtype = DTYPES.find(each => each === written?.[1]) as DType | undefined;
  if (!written || !dtype) return null;
  const sizes = written[2]!.trim() === "" ? [] : written[2]!.split(",").map(size => size.trim());
  if (!sizes.every(size => /^(\d+|[A-Za-z_]\w*)$/.test(size))) return null;
  const named = [...new Set(sizes.filter(size => !/^\d/.test(size) && !Object.hasOwn(KNOWN, size)))];
  const shape = sizes.map(size => {
    if (/^\d/.test(size)) return Number(size);
    return KNOWN[size] ?? { symbol: size, hint: HINTS[named.indexOf(size) % HINTS.length]! };
  });
  return { name, dtype, shape };
}

/** The first line with which a text can no longer become JSON; the last where it only breaks off. */
function faultyLine(text: string): number {
  const lines = text.trimEnd().split("\n");
  for (let count = 1; count < lines.length; count++) {
    const beginning = lines.slice(0, count).join("\n");
    try {
      JSON.parse(beginning);
      return count + 1;
    } catch (error) {
      const reason = String(error);
      const goesOn = reason.includes("end of JSON") || reason.includes(`position ${beginning.length} `);
      if (!goesOn) return count;
    }
  }
  return lines.length;
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}
