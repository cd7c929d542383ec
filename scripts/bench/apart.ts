import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Report } from "./table.ts";

/** What the process of a measurement tells: how far it is, then what came of it. */
export type Message = { readonly progress: string } | Made;

export interface Made {
  readonly report: Report;
  /** Whether it failed, rather than having been left out for what is not here. */
  readonly failed: boolean;
}

/**
 * Makes one measurement in a process of its own, as the extension runs models in one: V8 collects garbage for every 64 MB
 * of tensors, and the more the same process has loaded for other things, the longer that takes.
 * @param rounds as many as the measurement usually takes where null
 */
export function measureApart(
  name: string,
  rounds: number | null,
  progress: (message: string) => void,
): Promise<Made> {
  const entry = fileURLToPath(new URL("process.ts", import.meta.url));
  const child = fork(entry, rounds === null ? [name] : [name, String(rounds)], { serialization: "advanced" });
  return new Promise((resolve, reject) => {
    child.on("message", (message: Message) => {
      if ("progress" in message) progress(message.progress);
      else resolve(message);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) => reject(new Error(`${name} ended by itself: ${signal ?? code}`)));
  });
}
