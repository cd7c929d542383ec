/** Tells the host of errors that nothing in the page has caught, and of those that are given to what it returns: for the log. */
export function reportErrors(host: {
  report(error: { message: string; stack: string }): unknown;
}): (error: unknown) => void {
  const report = (error: unknown) => {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    void host.report({ message, stack: stack ?? "" });
  };
  window.addEventListener("error", event => report(event.error ?? event.message));
  window.addEventListener("unhandledrejection", event => report(event.reason));
  return report;
}
