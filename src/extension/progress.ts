import * as vscode from "vscode";

/** A step of long work, in words. */
export interface Step {
  readonly message: string;
  /** Of this step; null where it cannot be told. */
  readonly fraction: number | null;
}

/**
 * Runs long work with a notification that shows its steps and can cancel it.
 * @returns undefined where it was cancelled.
 */
export async function withProgress<T>(
  title: string,
  work: (report: (step: Step) => void, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const abort = new AbortController();
  return await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      token.onCancellationRequested(() => abort.abort());
      let last: Step = { message: "", fraction: null };
      const report = (step: Step) => {
        const before = step.message === last.message ? (last.fraction ?? 0) : 0;
        // The bar only grows; a new step starts it over by taking back what the last one reached.
        const increment = 100 * ((step.fraction ?? 0) - before);
        progress.report({ message: step.message, increment: Math.max(0, increment) });
        last = step;
      };
      try {
        return await work(report, abort.signal);
      } catch (error) {
        if (abort.signal.aborted) return undefined;
        throw error;
      }
    },
  );
}

/** An AbortSignal that follows a token of the editor. */
export function signalOf(token: vscode.CancellationToken): AbortSignal {
  if (token.isCancellationRequested) return AbortSignal.abort();
  const abort = new AbortController();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}
