import { basename } from "node:path";
import { SourceError } from "../../runtime/live/source-error.ts";
import { failureText } from "../../runtime/packages/absent.ts";
import { t } from "../../shared/l10n.ts";
import type { AbsentPackage, Trace } from "../../shared/trace.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { ExampleError } from "../source/example.ts";
import type { ProvenRecipes } from "../source/proven-recipes.ts";
import type { ShapeTarget } from "../source/shape-targets.ts";

/** Why a class has no shapes, in words, with a place where there is one. */
export interface ShapeProblem {
  readonly class: string | null;
  readonly message: string;
  readonly file: string | null;
  /** From 1. */
  readonly line: number | null;
  /** What would help: to say what the class is built with and called on. */
  readonly needsExample: boolean;
  /** The package that it lacks. */
  readonly package?: AbsentPackage;
}

/** What tracing the classes of one source gave. */
export interface SourceShapes {
  readonly traces: readonly Trace[];
  /** What each class that was traced was built with, in words. */
  readonly origins: ReadonlyMap<string, string>;
  readonly problems: readonly ShapeProblem[];
}

/** Classes of a file that are traced one by one at most: what is reached through others does not count. */
const MOST_TRACED = 16;

/**
 * Traces the classes of a source one after another; one that ran as a part of another is not traced again.
 * @param onProgress is told what there is so far.
 * @throws AbortError if the signal ends it.
 */
export async function traceShapes(
  file: string,
  targets: readonly ShapeTarget[],
  runtime: Runtime,
  proven: ProvenRecipes,
  signal: AbortSignal,
  onProgress: (shapes: SourceShapes) => void,
): Promise<SourceShapes> {
  const traces: Trace[] = [];
  const origins = new Map<string, string>();
  const problems: ShapeProblem[] = [];
  const ran = new Set<string>();
  let begun = 0;
  for (const target of targets) {
    if (ran.has(target.class) || begun === MOST_TRACED) continue;
    begun++;
    const outcome = await traceOne(target, runtime, signal);
    if ("trace" in outcome) {
      traces.push(outcome.trace);
      origins.set(target.class, outcome.origin);
      proven.set(file, target.class, outcome.recipe);
      for (const name of classesThatRan(outcome.trace, file)) ran.add(name);
      onProgress({ traces: [...traces], origins, problems });
    } else problems.push(outcome);
  }
  // What another class reached in the end needs no example of its own.
  return {
    traces,
    origins,
    problems: problems.filter(problem => problem.class === null || !ran.has(problem.class)),
  };
}

type Outcome = {
  readonly trace: Trace;
  readonly origin: string;
  readonly recipe: ShapeTarget["attempts"][number]["recipe"];
};

async function traceOne(
  target: ShapeTarget,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<Outcome | ShapeProblem> {
  let first: ShapeProblem | undefined;
  for (const { open, origin, recipe } of target.attempts) {
    try {
      return { trace: await runtime.shapes(open, signal), origin, recipe };
    } catch (error) {
      signal.throwIfAborted();
      first ??= problemOf(error, target.class);
    }
  }
  return (
    first ?? {
      class: target.class,
      message: t("Nothing says what {0} is built with: give an example.", target.class),
      file: null,
      line: null,
      needsExample: true,
    }
  );
}

/** A failure as a problem of a class; null is the source as a whole. */
export function problemOf(error: unknown, className: string | null): ShapeProblem {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ExampleError)
    return { class: className, message, file: error.file, line: error.line, needsExample: true };
  if (!(error instanceof SourceError))
    return { class: className, message, file: null, line: null, needsExample: true };
  const { file, line, kind, package: lacked } = error.failure;
  const words = failureText(error.failure);
  // Most reasons name the place themselves; the path before it would say it twice.
  const named = file !== null && words.includes(basename(file));
  return {
    class: className,
    message: named ? words : message,
    file,
    line,
    needsExample: kind !== "syntax" && kind !== "crashed",
    ...(lacked ? { package: lacked } : {}),
  };
}

/** The problem that says most of why something has no shapes: one that names a line first. */
export function mainProblem(problems: readonly ShapeProblem[]): ShapeProblem | undefined {
  return problems.find(each => each.line !== null) ?? problems[0];
}

/** Classes of a file whose forward ran. */
function classesThatRan(trace: Trace, file: string): ReadonlySet<string> {
  const index = trace.files.findIndex(entry => entry.path === file);
  const names = new Set<string>();
  for (const place of trace.places)
    if (place.file === index && place.function.endsWith(".forward")) names.add(place.function.split(".")[0]!);
  // The bodies of classes and of what only built something have places too.
  const used = new Set(trace.calls.map(({ module }) => trace.modules[module]!.class));
  for (const { module } of trace.named) used.add(trace.modules[module]!.class);
  return new Set([...names].filter(name => used.has(name) || trace.class === name));
}
