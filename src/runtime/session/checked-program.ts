import { isFloat, type Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import { providerName, writtenDifference } from "../../shared/provider.ts";
import type { ProviderCheck, Serving } from "../../shared/run.ts";
import { differenceOfAny, toleranceOf } from "../compare/difference.ts";
import type { Arguments, IndexedIntervention, LoadedProgram, Values } from "./program.ts";
import type { ProgramSpec } from "./protocol.ts";

/** What runs a program on one provider. */
export type RunningProgram = Pick<
  LoadedProgram,
  "trace" | "loaded" | "inPlace" | "run" | "release" | "dispose"
>;

/** Runs between two checks at least, after the first, which is checked. */
const RUNS_BETWEEN = 50;

/** As long as that check took, this many times, runs take before the next: the CPU loads a large model for seconds. */
const TIMES_AS_LONG = 20;

/**
 * Makes a program of a specification.
 * @param inPlace false: no more is made than `run` needs.
 */
type Load = (spec: ProgramSpec, inPlace: boolean) => Promise<RunningProgram>;

/** Named values that a check looks at beside those asked for, spread over the trace. */
const SAMPLED = 16;

/**
 * A program whose numbers are compared with the CPU's, on the inputs that it is run with: the first time, and now and then.
 * Where they drift apart, or the provider fails, the CPU serves from then on, and `serving` says why.
 */
export class CheckedProgram {
  readonly #spec: ProgramSpec;
  readonly #load: Load;
  readonly #log: (line: string) => void;
  readonly #now: () => number;
  #program: RunningProgram;
  #serving: Serving;
  /** Until the next check: runs, and milliseconds that they take. */
  #runsLeft = 0;
  #timeLeft = 0;
  /** Whether it has been said that there was nothing to compare. */
  #saidNothing = false;

  private constructor(
    spec: ProgramSpec,
    program: RunningProgram,
    load: Load,
    log: (line: string) => void,
    now: () => number,
  ) {
    this.#spec = spec;
    this.#program = program;
    this.#load = load;
    this.#log = log;
    this.#now = now;
    const { provider, fallback } = program.loaded;
    this.#serving = { provider, fallback, check: null };
  }

  /**
   * @param log is told, for people, of every check.
   * @param now milliseconds of a clock.
   */
  static async load(
    spec: ProgramSpec,
    load: Load,
    log: (line: string) => void,
    now = () => performance.now(),
  ): Promise<CheckedProgram> {
    return new CheckedProgram(spec, await load(spec, true), load, log, now);
  }

  get trace() {
    return this.#program.trace;
  }

  get loaded() {
    return this.#program.loaded;
  }

  get inPlace() {
    return this.#program.inPlace;
  }

  get serving(): Serving {
    return this.#serving;
  }

  /** As `LoadedProgram.run`. */
  async run(
    inputs: Arguments,
    values: readonly number[],
    interventions: readonly IndexedIntervention[] = [],
    ending = false,
  ): Promise<Values> {
    if (this.#serving.provider === "cpu") return this.#program.run(inputs, values, interventions, ending);
    const due = this.#runsLeft <= 0 && this.#timeLeft <= 0;
    const wanted = due && interventions.length === 0 ? [...new Set([...values, ...this.#sample()])] : values;
    let computed: Values;
    const began = this.#now();
    try {
      computed = await this.#program.run(inputs, wanted, interventions, ending);
    } catch (error) {
      const cpu = await this.#cpu();
      // What the CPU refuses too is no fault of the provider.
      const served = await cpu.run(inputs, values, interventions, ending).catch(async () => {
        await cpu.dispose();
        throw error;
      });
      const [reason] = String((error as Error).message ?? error).split("\n", 1);
      await this.#fallBack(
        cpu,
        t("{0} failed: {1}. The CPU computes instead.", this.#name, reason ?? ""),
        null,
      );
      return served;
    }
    const ended = this.#now();
    this.#runsLeft--;
    this.#timeLeft -= ended - began;
    if (!due) return computed;
    if (!wanted.some(value => isComparable(computed.get(value)!))) {
      // Nothing is learnt from such a run: the next one is checked in its place.
      if (!this.#saidNothing)
        this.#log(t("{0} was not compared with the CPU: a run gave no floating-point numbers.", this.#name));
      this.#saidNothing = true;
      return computed;
    }
    const checked = await this.#checked(computed, inputs, wanted, interventions, ending);
    this.#runsLeft = RUNS_BETWEEN - 1;
    this.#timeLeft = TIMES_AS_LONG * (this.#now() - ended);
    return checked;
  }

  /** As `LoadedProgram.release`. */
  release(values: Values): void {
    this.#program.release(values);
  }

  dispose(): Promise<void> {
    return this.#program.dispose();
  }

  /** The values, or the CPU's where they differ from them. */
  async #checked(
    computed: Values,
    inputs: Arguments,
    wanted: readonly number[],
    interventions: readonly IndexedIntervention[],
    ending: boolean,
  ): Promise<Values> {
    const cpu = await this.#cpu();
    const expected = await cpu.run(inputs, wanted, interventions, ending);
    const { check, worst } = compare(computed, expected, wanted, this.#serving.check);
    if (worst === null) {
      await cpu.dispose();
      this.#serving = { ...this.#serving, check };
      this.#log(
        t(
          "{0} agrees with the CPU: {1} values, largest difference {2}.",
          this.#name,
          check.values,
          writtenDifference(check.difference),
        ),
      );
      return computed;
    }
    const name = this.trace.named.find(({ value }) => value === worst.value)?.id || t("the output");
    const message = t(
      "{0} drifts from the CPU: {1} differs by {2}, more than {3}. The CPU computes instead.",
      this.#name,
      name,
      writtenDifference(worst.relative),
      worst.tolerance,
    );
    await this.#fallBack(cpu, message, check);
    return expected;
  }

  async #fallBack(cpu: RunningProgram, message: string, check: ProviderCheck | null): Promise<void> {
    this.#log(message);
    const former = this.#program;
    this.#program = cpu;
    this.#serving = { provider: "cpu", fallback: message, check };
    await former.dispose();
  }

  get #name(): string {
    return providerName(this.#program.loaded.provider);
  }

  #cpu(): Promise<RunningProgram> {
    return this.#load({ ...this.#spec, providers: ["cpu"] }, false);
  }

  /** Values that the program can be asked for at no cost beside running. */
  #sample(): number[] {
    if (this.#spec.purpose !== "inspect") return [];
    const named = this.trace.named.filter(({ value }) => !this.trace.values[value]!.uninitialised);
    const step = Math.max(1, named.length / SAMPLED);
    return Array.from(
      { length: Math.min(SAMPLED, named.length) },
      (_, i) => named[Math.floor(i * step)]!.value,
    );
  }
}

/** Whether a value says how well it was computed: whole numbers follow from others, and jump where two candidates tie. */
function isComparable({ dtype, data }: Tensor): boolean {
  return isFloat(dtype) && data.length > 0;
}

/** A value that differs by more than its type allows. */
interface Drift {
  readonly value: number;
  readonly relative: number;
  readonly tolerance: number;
}

/** Compares what is computed in floating point, each value by the tolerance of its own type. */
function compare(
  computed: Values,
  expected: Values,
  wanted: readonly number[],
  before: ProviderCheck | null,
): { readonly check: ProviderCheck; readonly worst: Drift | null } {
  let worst: Drift | null = null;
  let difference = 0;
  let values = 0;
  for (const value of wanted) {
    const truth = expected.get(value)!;
    if (!isComparable(truth)) continue;
    values++;
    const { relative } = differenceOfAny(computed.get(value)!, truth);
    difference = Math.max(difference, relative);
    const tolerance = toleranceOf(truth.dtype);
    if (relative / tolerance > (worst === null ? 1 : worst.relative / worst.tolerance))
      worst = { value, relative, tolerance };
  }
  const checks = (before?.checks ?? 0) + 1;
  return { check: { agrees: worst === null, values, difference, checks }, worst };
}
