import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { parser } from "@lezer/python";
import type * as vscode from "vscode";
import type { ChosenLayers } from "../../src/extension/python/chosen-layers.ts";
import type { PanelValues } from "../../src/extension/python/panel-values.ts";
import type { TracedSource } from "../../src/extension/python/traced-source.ts";
import type { BackgroundTraces } from "../../src/extension/tracing/background-traces.ts";
import { linkPython } from "../../src/shared/linking/python.ts";
import { ensureTransformersSource } from "../prerequisites.ts";
import { type Measurement, Unavailable } from "./measurement.ts";
import { compare, interleave, timed } from "./rounds.ts";

const LINES = 3000;

/** Modeling files that are joined until there are enough lines. */
const MODELS = ["llama", "mixtral", "bert", "t5"];

/** Calls that are timed together, for what is too short for the clock. */
const BATCH = 1000;

/** What a hover costs before anything has run, with the shapes of a traced file: by the provider itself, on a long file. */
export const hover: Measurement = {
  name: "hover",
  title: `a hover without a run, on ${LINES} lines of Python`,
  rounds: 101,
  async run(bench) {
    const text = await longSource();
    const mentions = linkPython(text);
    const provider = await createProvider(text, mentions);
    const answer = async (document: vscode.TextDocument, round: number) => {
      const { line, column } = mentions[Math.abs(round * 7919) % mentions.length]!;
      const position = { line: line - 1, character: column } as vscode.Position;
      const found = await provider.provideHover(document, position, NOT_CANCELLED);
      if (!found) throw new Error(`no hover at ${line}:${column}`);
    };
    const open = documentOf(text);
    await answer(open, 0);
    const empty = () => undefined;
    const samples = await interleave(
      bench,
      {
        "empty call": async () => {
          const began = performance.now();
          for (let i = 0; i < BATCH; i++) await empty();
          return (performance.now() - began) / BATCH;
        },
        "bare parse (@lezer/python)": timed(() => parser.parse(text)),
        "first hover in a file just opened": async round => {
          const opened = documentOf(text);
          return await timed(() => answer(opened, round))(round);
        },
        "first hover after an edit": async round => {
          open.append(mentions[Math.abs(round * 104_729) % mentions.length]!.line, ` # ${round}`);
          return await timed(() => answer(open, round))(round);
        },
        "another hover, text unchanged": timed(round => answer(open, round + 1)),
      },
      10,
    );
    const variants = [
      "first hover in a file just opened",
      "first hover after an edit",
      "another hover, text unchanged",
    ] as const;
    return {
      comparisons: variants.flatMap(variant =>
        compare(samples, "ms", [
          [variant, "bare parse (@lezer/python)"],
          [variant, "empty call"],
        ]),
      ),
      facts: [`${mentions.length} mentions in ${LINES} lines of transformers' ${MODELS.join(", ")}`],
    };
  },
};

async function longSource(): Promise<string> {
  let folder: string;
  try {
    folder = await ensureTransformersSource();
  } catch (error) {
    throw new Unavailable(`transformers' sources cannot be had: ${(error as Error).message}`);
  }
  const lines = MODELS.flatMap(name =>
    readFileSync(join(folder, "transformers", "models", name, `modeling_${name}.py`), "utf8").split("\n"),
  );
  return lines.slice(0, LINES).join("\n");
}

/** The extension's own provider, before anything has run, with a stand-in for the editor. */
async function createProvider(
  text: string,
  mentions: readonly { readonly line: number; readonly column: number }[],
): Promise<vscode.HoverProvider> {
  const standIn = new URL("./vscode-stand-in.cjs", import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "vscode" ? { url: standIn, shortCircuit: true } : next(specifier, context),
  });
  const { ComponentHover } = await import("../../src/extension/python/hover.ts");
  const { PythonReadings } = await import("../../src/extension/python/python-readings.ts");
  const { ShapesOnScreen } = await import("../../src/extension/python/screen-shapes.ts");
  const values = { at: async () => null, shownModule: () => null } as unknown as PanelValues;
  const layers = { of: () => null } as unknown as ChosenLayers;
  const current = {
    traced: tracedAt(mentions),
    shapes: { traces: [], origins: new Map() },
    lines: text.split("\n"),
  };
  const state = { file: "/modeling.py", current, earlier: null, busy: false, problems: [] };
  const traces = { of: () => state, onDidChange: () => ({ dispose: () => undefined }) };
  const screen = new ShapesOnScreen(traces as unknown as BackgroundTraces);
  const { StructuralNames } = await import("../../src/extension/python/structural-names.ts");
  const readings = new PythonReadings();
  const names = new StructuralNames({ components: () => Promise.reject(new Error("nothing is recognised")) });
  return new ComponentHover(values, screen, layers, readings, names, {} as vscode.LogOutputChannel);
}

/** A traced tensor at every mention, as if each were a call. */
function tracedAt(mentions: readonly { readonly line: number; readonly column: number }[]): TracedSource {
  const trace = {
    class: "Model",
    symbols: [{ name: "sequence", hint: 7, axes: [] }],
    values: [
      { dtype: "float32", shape: [1, { poly: [[1, [{ kind: "symbol", name: "sequence" }]]], hint: 7 }, 64] },
    ],
  } as unknown as TracedSource["places"][number]["runs"][number]["trace"];
  const places = mentions.map(({ line, column }) => ({
    kind: "call" as const,
    name: "nn.functional.linear",
    place: { file: 0, line, endLine: line, column, endColumn: column + 8, function: "Layer.forward" },
    runs: [{ trace, values: [0], module: "layers.0", reference: 0 }],
  }));
  return { places, functions: new Set(["Layer.forward"]) };
}

let opened = 0;

/** As much of an editor's document as a hover asks for, and a way to type at the end of a line (from 1). */
function documentOf(source: string): vscode.TextDocument & { append(line: number, text: string): void } {
  const lines = source.split("\n");
  let text = source;
  const document = {
    version: 1,
    // Another file each time: what is known of one would help with the next.
    uri: { fsPath: `/modeling-${opened++}.py`, scheme: "file" },
    languageId: "python",
    getText: (range?: vscode.Range) =>
      range ? lines[range.start.line]!.slice(range.start.character, range.end.character) : text,
    lineAt: (line: number) => ({ text: lines[line]! }),
    getWordRangeAtPosition: ({ line, character }: vscode.Position, pattern: RegExp) => {
      const word = [...lines[line]!.matchAll(new RegExp(pattern, "g"))].find(
        ({ index, 0: { length } }) => index <= character && character <= index + length,
      );
      return (
        word && {
          start: { line, character: word.index },
          end: { line, character: word.index + word[0].length },
        }
      );
    },
    append: (line: number, added: string) => {
      lines[line - 1] += added;
      text = lines.join("\n");
      document.version++;
    },
  };
  return document as unknown as ReturnType<typeof documentOf>;
}

const NOT_CANCELLED = {
  isCancellationRequested: false,
  onCancellationRequested: () => ({ dispose: () => undefined }),
} as vscode.CancellationToken;
