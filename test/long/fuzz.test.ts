import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { referencePython } from "../../scripts/score/reference.ts";
import { compareWithPyTorch, describeComparison, isAgreement } from "../../src/runtime/compare/pytorch.ts";
import { Live } from "../../src/runtime/live/live.ts";
import { SessionEndedError } from "../../src/runtime/session/connection.ts";
import { TracerProcess } from "../../src/runtime/tracer/process.ts";
import { checkMutant } from "../support/mutant-check.ts";
import { type Mutant, mutant, originals } from "../support/mutants.ts";
import { tensorsOf } from "../support/package-cases.ts";
import { tracerCacheDirectory } from "../support/paths.ts";

const COUNT = 300;
const MINUTE = 60_000;

/** Words for what became of a mutant; one that says nothing about itself in time has hung. */
const OUTCOMES = [
  "run, equal in PyTorch",
  "run, refused by PyTorch",
  "run, not compared",
  "refused",
  "wrong",
  "failed",
  "hung",
] as const;
type Outcome = (typeof OUTCOMES)[number];

const among = originals();
const python = referencePython();

/** A part of them: --test-name-pattern='^mutant 1\d\d:' */
describe("a mutated modeling file", () => {
  const outcomes = new Map<number, Outcome>();
  let tracer: TracerProcess;
  let live: Live;
  before(() => {
    tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory(), seconds: 8 });
    live = new Live({ cacheDirectory: tracerCacheDirectory() });
  });
  after(() => {
    tracer.dispose();
    live.dispose();
    const counts = OUTCOMES.map(
      outcome => `${[...outcomes.values()].filter(each => each === outcome).length} ${outcome}`,
    );
    console.log(`\n${outcomes.size} mutants: ${counts.join(" · ")}`);
  });

  for (let number = 0; number < COUNT; number++) {
    const each = mutant(number, among);
    const { source } = each.original.request;
    const name = `mutant ${number}: ${source.split("/").at(-1)} with ${each.changes.join(" and ")} is right or refused`;
    test(name, { timeout: 4 * MINUTE }, async context => {
      outcomes.set(number, "hung");
      outcomes.set(number, await outcomeOf(each, message => context.diagnostic(message)));
      assert.ok(!["wrong", "failed"].includes(outcomes.get(number)!));
    });
  }

  async function outcomeOf(each: Mutant, say: (message: string) => void): Promise<Outcome> {
    try {
      const verdict = await checkMutant(tracer, each);
      if (verdict.kind === "refused") {
        say(verdict.reason);
        return "refused";
      }
      assert.ok(verdict.outputs.size > 0);
    } catch (error) {
      say(String(error));
      return "failed";
    }
    return python === null || each.hostile ? "run, not compared" : compared(each, python, say);
  }

  /** PyTorch may refuse what is run here, where no number is shown that is not the source's. */
  async function compared(each: Mutant, command: string, say: (message: string) => void): Promise<Outcome> {
    const { config, ...request } = each.original.request;
    const open = (wanted: Parameters<Live["open"]>[0], signal?: AbortSignal) => live.open(wanted, signal);
    const inputs = tensorsOf(each.original.inputs);
    const asked = {
      ...request,
      ...(config ? { config } : {}),
      checkpoint: null,
      overlay: { [request.source]: each.text },
    };
    try {
      const comparison = await compareWithPyTorch(asked, inputs, {
        open,
        python: command,
        signal: AbortSignal.timeout(2 * MINUTE),
      });
      if (isAgreement(comparison)) return "run, equal in PyTorch";
      say(describeComparison(comparison));
      return comparison.first === null ? "run, not compared" : "wrong";
    } catch (error) {
      say(String(error));
      if (error instanceof SessionEndedError) return "failed";
      return /the source fails in PyTorch/.test(String(error))
        ? "run, refused by PyTorch"
        : "run, not compared";
    }
  }
});
