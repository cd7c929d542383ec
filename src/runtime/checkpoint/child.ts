import { connect } from "../../shared/channel.ts";
import { setBundle } from "../../shared/l10n.ts";
import { readOutline } from "./outline.ts";
import { type CheckpointFunctions, checkpointSchemas } from "./protocol.ts";
import { summarise } from "./summary.ts";

const jobs = new Map<number, AbortController>();

const functions: CheckpointFunctions = {
  localise: setBundle,
  outline: readOutline,
  async summarise(job, path, tensor) {
    const controller = new AbortController();
    jobs.set(job, controller);
    try {
      return await summarise(path, tensor, controller.signal);
    } finally {
      jobs.delete(job);
    }
  },
  cancel: job => jobs.get(job)?.abort(),
};

connect<Record<never, never>, CheckpointFunctions>(
  {
    post: message => {
      if (process.connected) process.send?.(message, () => undefined);
    },
    onMessage: listener => void process.on("message", listener),
  },
  functions,
  checkpointSchemas,
);

process.once("disconnect", () => process.exit());
