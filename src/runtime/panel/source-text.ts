import type { Trace } from "../../shared/trace.ts";

/** A quoted place of source. */
export interface Quote {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Longest quotation, in lines. */
const MOST_LINES = 8;

/** Source files by absolute path, as they were when they ran. */
export type SourceTexts = ReadonlyMap<string, readonly string[]>;

/** Reads the files that some places of a trace are in; a file that cannot be read is left out. */
export async function readSources(
  trace: Trace,
  places: readonly (number | null)[],
  overlay: Readonly<Record<string, string>>,
  readText: (file: string) => Promise<string>,
): Promise<SourceTexts> {
  const files = new Set(
    places.flatMap(place => (place === null ? [] : [trace.files[trace.places[place]!.file]!.path])),
  );
  const texts = await Promise.all(
    [...files].map(async file => {
      try {
        return [[file, (overlay[file] ?? (await readText(file))).split(/\r?\n/)] as const];
      } catch {
        return [];
      }
    }),
  );
  return new Map(texts.flat());
}

/** The lines of a place, without the indentation they share; empty text where the file could not be read. */
export function quote(trace: Trace, place: number | null, sources: SourceTexts): Quote | null {
  if (place === null) return null;
  const { file, line, endLine, column } = trace.places[place]!;
  const { path } = trace.files[file]!;
  const lines = sources.get(path)?.slice(line - 1, Math.min(endLine, line - 1 + MOST_LINES)) ?? [];
  return { file: path, line, column, text: dedent(lines).join("\n") };
}

/** The expression of a place alone, where it is on one line; else its lines. */
export function quotePart(trace: Trace, place: number | null, sources: SourceTexts): Quote | null {
  const whole = quote(trace, place, sources);
  if (whole === null || place === null) return null;
  const { file, line, endLine, column, endColumn } = trace.places[place]!;
  const text = line === endLine ? sources.get(trace.files[file]!.path)?.[line - 1] : undefined;
  if (text === undefined) return whole;
  // Columns count code points, as Python does.
  return { ...whole, text: [...text].slice(column, endColumn).join("") };
}

function dedent(lines: readonly string[]): string[] {
  const indents = lines.filter(line => line.trim() !== "").map(line => line.length - line.trimStart().length);
  const shared = Math.min(...indents, Number.MAX_SAFE_INTEGER);
  return lines.map(line => line.slice(shared).trimEnd());
}
