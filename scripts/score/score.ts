/** How one model did. */
export interface Score {
  readonly name: string;
  /** Why it is not exact; null where it is. */
  readonly reason: string | null;
  /** Largest difference over the output's standard deviation; null where nothing was computed. */
  readonly error: number | null;
}

/** What was scored, in words, and how every model did. */
export interface Scores {
  readonly what: string;
  readonly scores: readonly Score[];
}

/** Scores models one after the other, telling of each as it comes. */
export async function scoreEach<S extends Score>(
  names: readonly string[],
  score: (name: string) => Promise<S>,
  onScore: (score: S) => void = () => undefined,
): Promise<S[]> {
  const scores: S[] = [];
  for (const name of names) {
    const scored = await score(name);
    onScore(scored);
    scores.push(scored);
  }
  return scores;
}

/** Prints what is not exact with its reason, then `N of M`. */
export function report({ what, scores }: Scores): void {
  for (const { name, reason } of scores) if (reason !== null) console.log(`${name}: ${reason}`);
  const exact = scores.filter(({ reason }) => reason === null);
  const worst = Math.max(...scores.map(({ error }) => error ?? 0));
  const difference = worst > 0 ? `; largest difference ${worst.toExponential(1)}` : "";
  console.log(`${what}: ${exact.length} of ${scores.length}${difference}`);
}
