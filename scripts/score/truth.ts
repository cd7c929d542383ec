import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Live } from "../../src/runtime/live/live.ts";
import { SessionProcess } from "../../src/runtime/session/process.ts";
import { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { ensureTransformersSource } from "../prerequisites.ts";
import { cacheDirectory, projectDirectory } from "../project.ts";
import { scoreCache } from "./cache.ts";
import { forwardCases, scoreForward } from "./forward.ts";
import { findHoles, type Machinery, type Subject, subjectOf } from "./holes.ts";
import { readRecordedTrees, scoreModules } from "./modules.ts";
import { forwardCasesFolder, headCasesFolder } from "./reference.ts";
import type { Score, Scores } from "./score.ts";
import { scoreSizes } from "./sizes.ts";

/** Truth about real models lies beside the checkout, where it is at hand: it is large, and measured elsewhere. */
const GOLD = join(dirname(projectDirectory), "shared", "gold");

const tracerCache = join(cacheDirectory, "tracer");

/** Module trees of the recorded configurations; null where there are none. */
export async function moduleScores(every: number): Promise<Scores | null> {
  const path = join(GOLD, "modules.json.gz");
  if (!existsSync(path)) return null;
  const trees = new Map([...readRecordedTrees(path)].filter((_, index) => index % every === 0));
  const tracer = new TracerProcess({ cacheDirectory: tracerCache });
  try {
    const scores = await scoreModules(trees, tracer, await ensureTransformersSource());
    return { what: "Module trees", scores };
  } finally {
    tracer.dispose();
  }
}

/**
 * Forward passes against PyTorch's.
 * @param folder cases that are there already; else those of the listed models are made, where that can be done.
 */
export async function forwardScores(every: number, folder?: string): Promise<Scores | null> {
  return liveScores("Forward passes", every, folder, scoreForward);
}

/** The same for the task heads of these models, whose cases are made where that can be done. */
export async function headScores(every: number, folder?: string): Promise<Scores | null> {
  const cases = folder ? null : casesAtHand();
  const heads = folder ?? (cases && headCasesFolder(cases));
  return heads ? liveScores("Task heads", every, heads, scoreForward) : null;
}

/** Forward passes through a graph that was traced at other sizes; says which needed another. */
export async function sizesScores(every: number, folder?: string): Promise<Scores | null> {
  return liveScores("Sizes other than those traced", every, folder, (cases, names, live, transformers) =>
    scoreSizes(cases, names, live, transformers, score => {
      if (score.guards.length > 0) console.log(`${score.name}: another trace, since ${score.guards[0]}`);
    }),
  );
}

/** Runs at many sizes beside traces of just these; a model counts if guards stop every run that would be wrong. */
export async function holeScores(every: number, folder?: string): Promise<Scores | null> {
  return subjectScores("Guards", every, folder, async (subject, machinery) => {
    const [first] = (await findHoles(subject, machinery)).holes;
    return { name: subject.name, reason: first ? `${first.sizes}: ${first.reason}` : null, error: null };
  });
}

/** Logits of a text run in pieces, what is carried on kept, beside those of the text at once; of the classes that decode. */
export async function cacheScores(every: number, folder?: string): Promise<Scores | null> {
  return subjectScores("Texts in pieces", every, folder, async (subject, machinery) => {
    if (!subject.decoder) return null;
    const { name } = subject;
    const score = await scoreCache(subject, machinery);
    if (score?.remark) console.log(`${name}: ${score.remark}`);
    if (!score)
      console.log(`${name}: nothing can be kept from one step to the next; each runs the whole text`);
    return score;
  });
}

/** Scores all cases through `Live`, as a user's runs go; null where there are no cases. */
async function liveScores(
  what: string,
  every: number,
  folder: string | undefined,
  score: (cases: string, names: readonly string[], live: Live, transformers: string) => Promise<Score[]>,
): Promise<Scores | null> {
  const cases = folder ?? casesAtHand();
  if (!cases) return null;
  const live = new Live({ cacheDirectory: tracerCache });
  try {
    const transformers = await ensureTransformersSource();
    return { what, scores: await score(cases, namesIn(cases, every), live, transformers) };
  } finally {
    live.dispose();
  }
}

/** Scores case after case on one tracer and one session, leaving out those of null; null where there are no cases. */
async function subjectScores(
  what: string,
  every: number,
  folder: string | undefined,
  score: (subject: Subject, machinery: Machinery) => Promise<Score | null>,
): Promise<Scores | null> {
  const cases = folder ?? casesAtHand();
  if (!cases) return null;
  const tracer = new TracerProcess({ cacheDirectory: tracerCache });
  const session = new SessionProcess();
  try {
    const transformers = await ensureTransformersSource();
    const machinery = { tracer, session, transformers, cacheDirectory: tracerCache };
    const scores: Score[] = [];
    for (const name of namesIn(cases, every)) {
      const scored = await score(await subjectOf(join(cases, name), name, transformers), machinery);
      if (scored) scores.push(scored);
    }
    return { what, scores };
  } finally {
    tracer.dispose();
    session.dispose();
  }
}

/** The cases of the listed models, made where that can be done; null where there are none. */
function casesAtHand(): string | null {
  const list = join(GOLD, "forward-models.txt");
  const models = existsSync(list) ? readFileSync(list, "utf8").split(/\s+/).filter(Boolean) : [];
  return models.length > 0 ? forwardCasesFolder(GOLD, models) : null;
}

function namesIn(cases: string, every: number): string[] {
  return forwardCases(cases).filter((_, index) => index % every === 0);
}
