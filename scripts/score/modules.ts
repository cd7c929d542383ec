import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { moduleTree } from "../../src/runtime/cli/modules.ts";
import { describeFailure } from "../../src/runtime/live/source-error.ts";
import type { TracerProcess } from "../../src/runtime/tracer/process.ts";
import type { Score } from "./score.ts";
import { Statements } from "./statements.ts";

/** File (relative to the package) and line where PyTorch saw something being made; null where it could not tell. */
type At = readonly [file: string, line: number] | null;

/** The truth about one configuration, recorded by running the class with PyTorch. */
export interface RecordedTree {
  /** Relative to the transformers package. */
  readonly file: string;
  readonly class: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly params: Readonly<Record<string, { readonly shape: readonly number[]; readonly at: At }>>;
  readonly modules: Readonly<Record<string, { readonly class: string; readonly at: At }>>;
}

/** Names are `model type/class`. */
export function readRecordedTrees(path: string): ReadonlyMap<string, RecordedTree> {
  return new Map(Object.entries(JSON.parse(gunzipSync(readFileSync(path)).toString("utf8"))));
}

/** A tree is exact if it has every parameter and module, no other parameter, and each at its statement. */
export async function scoreModules(
  trees: ReadonlyMap<string, RecordedTree>,
  tracer: TracerProcess,
  transformers: string,
): Promise<Score[]> {
  const statements = new Statements();
  const scores: Score[] = [];
  for (const [name, tree] of trees) {
    const result = await tracer.trace({
      source: join(transformers, "transformers", tree.file),
      class: tree.class,
      config: { ...tree.config, architectures: [tree.class] },
      transformers,
      inputs: [],
      checkpointNames: null,
    });
    const reason = result.ok
      ? difference(tree, moduleTree(result.trace), join(transformers, "transformers"), statements)
      : describeFailure(result.failure);
    scores.push({ name, reason, error: null });
  }
  return scores;
}

/** The first thing that differs, in words; null where nothing does. */
function difference(
  wanted: RecordedTree,
  got: ReturnType<typeof moduleTree>,
  root: string,
  statements: Statements,
): string | null {
  const misplaced = (
    at: At,
    place: { readonly file?: string; readonly line?: number; readonly endLine?: number },
  ) => {
    if (!at) return null;
    const path = join(root, at[0]);
    const [line, endLine] = statements.at(path, at[1]) ?? [];
    if (place.file === path && place.line === line && place.endLine === endLine) return null;
    const found = place.file
      ? `${relative(dirname(path), place.file)}:${place.line}-${place.endLine}`
      : "nowhere";
    return `is made at ${found}, not at line ${line}-${endLine} of ${at[0]}`;
  };
  for (const [name, { shape, at }] of Object.entries(wanted.params)) {
    const parameter = got.parameters[name];
    if (!parameter) return `${name} is missing`;
    if (String(parameter.shape) !== String(shape)) return `${name} is ${parameter.shape}, not ${shape}`;
    const wrong = misplaced(at, parameter);
    if (wrong) return `${name} ${wrong}`;
  }
  const extra = Object.keys(got.parameters).find(name => !(name in wanted.params));
  if (extra) return `${extra} is no parameter`;
  for (const [path, { class: name, at }] of Object.entries(wanted.modules)) {
    const module = got.modules[path];
    if (module?.class !== name) return `${path} is ${module?.class ?? "missing"}, not a ${name}`;
    const wrong = misplaced(at, module);
    if (wrong) return `${path} ${wrong}`;
  }
  return null;
}
