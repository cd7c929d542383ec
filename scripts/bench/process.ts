// One measurement, in the process that measureApart starts for it. Arguments: its name and, unless as usual, its rounds.
import type { Message } from "./apart.ts";
import { Unavailable } from "./measurement.ts";
import { MEASUREMENTS } from "./measurements.ts";
import { summarise } from "./statistics.ts";

const [, , name, asked] = process.argv as [string, string, string, string?];
const tell = (message: Message, told?: () => void) => process.send!(message, undefined, {}, told);

const { title, rounds: usual, run } = await MEASUREMENTS[name]!();
const rounds = asked === undefined ? usual : Number(asked);
const report = { name, title, rounds, rows: [], facts: [], skipped: null };
const progress = (message: string) => void tell({ progress: message });
progress("preparing");
tell(await made(), () => process.exit());

async function made(): Promise<Message> {
  try {
    const { comparisons, facts = [] } = await run({ rounds, progress });
    return { report: { ...report, rows: comparisons.map(summarise), facts }, failed: false };
  } catch (error) {
    if (error instanceof Unavailable) return { report: { ...report, skipped: error.message }, failed: false };
    const reason = error instanceof Error ? error.message : error;
    return { report: { ...report, skipped: `it failed: ${reason}` }, failed: true };
  }
}
