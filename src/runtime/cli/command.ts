/** One word of the command line: `papertrace NAME …`. `src/runtime/cli.ts` holds the table of them. */
export interface Command {
  readonly name: string;
  /** Shown for `--help` and after wrong usage; one line per form, without the leading `papertrace`. */
  readonly usage: string;
  /**
   * @param argv what follows the command's name.
   * @returns the exit status; 0 unless there is a reason.
   * @throws UsageError for wrong usage (exit 2); any other error becomes one line on stderr (exit 1).
   */
  run(argv: readonly string[], io: CommandIo): Promise<number>;
}

/** The outside world of a command. */
export interface CommandIo {
  /** Results, and nothing else: stdout. */
  out(text: string): void;
  /** One message for people: stderr. */
  err(text: string): void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The command line was wrong; its usage is shown. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
