import type { Row } from "./statistics.ts";

/** What became of one measurement. */
export interface Report {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly facts: readonly string[];
  /** Why it was not made; null where it was. */
  readonly skipped: string | null;
}

const COLUMNS: readonly { readonly heading: string; readonly right: boolean; cell(row: Row): string }[] = [
  { heading: "variant", right: false, cell: row => row.variant },
  { heading: "baseline", right: false, cell: row => row.baseline },
  { heading: "ratio", right: true, cell: row => threeDigits(row.ratio.median) },
  {
    heading: "p25-p75",
    right: true,
    cell: row => `${threeDigits(row.ratio.p25)}-${threeDigits(row.ratio.p75)}`,
  },
  { heading: "target", right: true, cell: target },
  { heading: "verdict", right: false, cell: verdict },
  { heading: "median", right: true, cell: row => threeDigits(row.median) },
  { heading: "p95", right: true, cell: row => threeDigits(row.p95) },
  { heading: "unit", right: false, cell: row => row.unit },
];

/** One table of every measurement, its columns aligned throughout. */
export function formatTable(reports: readonly Report[]): string {
  const cells = new Map(
    reports.map(({ rows, name }) => [name, rows.map(row => COLUMNS.map(column => column.cell(row)))]),
  );
  const widths = COLUMNS.map(({ heading }, i) =>
    Math.max(heading.length, ...[...cells.values()].flat().map(row => row[i]!.length)),
  );
  const line = (texts: readonly string[]) =>
    `  ${texts.map((text, i) => (COLUMNS[i]!.right ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))).join("  ")}`.trimEnd();
  const lines = [line(COLUMNS.map(({ heading }) => heading))];
  for (const { name, title, rounds, facts, skipped } of reports) {
    lines.push("", skipped === null ? `${name}: ${title} (${rounds} rounds)` : `${name}: ${title}`);
    if (skipped !== null) lines.push(`  skipped: ${skipped}`);
    lines.push(...cells.get(name)!.map(line), ...facts.map(fact => `  ${fact}`));
  }
  return lines.join("\n");
}

function target({ expected }: Row): string {
  if (!expected) return "";
  return "atMost" in expected ? `≤ ${expected.atMost}` : `≥ ${expected.atLeast}`;
}

function verdict({ met }: Row): string {
  return met === null ? "" : met ? "met" : "missed";
}

/** Three significant digits, whole numbers from a hundred on. */
function threeDigits(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
