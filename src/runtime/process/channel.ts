import type { ChildProcess } from "node:child_process";
import type { Port } from "../../shared/channel.ts";

/** Messages to and from a process that was started with an IPC channel. One that has ended is sent nothing. */
export function portTo(child: ChildProcess): Port {
  return {
    post: message => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: listener => void child.on("message", listener),
  };
}

/** Tells what a process writes, for people who look for a cause. */
export function onOutput(child: ChildProcess, tell: (text: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", tell);
}
