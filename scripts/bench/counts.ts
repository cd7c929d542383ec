/** How often a component was found rightly, where it is not, and not at all though it is there. */
export interface Count {
  right: number;
  wrong: number;
  missed: number;
}

/** Adds up counts of several sources, component by component. */
export function sumCounts(all: readonly ReadonlyMap<string, Count>[]): Map<string, Count> {
  const sums = new Map<string, Count>();
  for (const counts of all)
    for (const [component, { right, wrong, missed }] of counts) {
      const sum = sums.get(component) ?? { right: 0, wrong: 0, missed: 0 };
      sums.set(component, {
        right: sum.right + right,
        wrong: sum.wrong + wrong,
        missed: sum.missed + missed,
      });
    }
  return sums;
}

/** All components together. */
export function totalOf(counts: ReadonlyMap<string, Count>): Count {
  const total = { right: 0, wrong: 0, missed: 0 };
  for (const { right, wrong, missed } of counts.values()) {
    total.right += right;
    total.wrong += wrong;
    total.missed += missed;
  }
  return total;
}

/** Shares of what was found that is right, and of what there is that was found; null where there is none. */
export function precisionAndRecall({ right, wrong, missed }: Count) {
  return {
    precision: right + wrong === 0 ? null : right / (right + wrong),
    recall: right + missed === 0 ? null : right / (right + missed),
  };
}

/** Lines of a table: one for each component that is there or was found, in the order of `counts`, and one for all. */
export function formatCounts(title: string, counts: ReadonlyMap<string, Count>): string[] {
  const seen = [...counts].filter(([, { right, wrong, missed }]) => right + wrong + missed > 0);
  return [
    title,
    `${"".padEnd(26)}precision  recall  right  wrong  missed`,
    ...seen.map(([component, count]) => line(component, count)),
    line("all", totalOf(counts)),
  ];
}

function line(name: string, count: Count): string {
  const { precision, recall } = precisionAndRecall(count);
  const share = (value: number | null) => (value === null ? "–" : value.toFixed(3));
  return `${name.padEnd(26)}${share(precision).padStart(9)}${share(recall).padStart(8)}${String(count.right).padStart(7)}${String(count.wrong).padStart(7)}${String(count.missed).padStart(8)}`;
}
