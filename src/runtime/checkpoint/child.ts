import { setBundle } from "../../shared/l10n.ts";
import { describeCheckpoint } from "../models/checkpoint.ts";
import { repack } from "../models/repack.ts";
import type { OnDemandListener } from "../process/on-demand.ts";
import { Jobs, serve } from "../process/serve.ts";
import { readOutline } from "./outline.ts";
import { type CheckpointFunctions, checkpointSchemas } from "./protocol.ts";
import { summarise } from "./summary.ts";

const jobs = new Jobs();

const functions: CheckpointFunctions = {
  localise: setBundle,
  describe: describeCheckpoint,
  repack: (job, path, folder) =>
    jobs.run(job, signal =>
      repack(path, folder, {
        signal,
        onFraction: fraction => void parent.progressed.asEvent(job, fraction).catch(() => undefined),
      }),
    ),
  outline: readOutline,
  summarise: (job, path, tensor) => jobs.run(job, signal => summarise(path, tensor, signal)),
  cancel: job => jobs.cancel(job),
};

const parent = serve<CheckpointFunctions, OnDemandListener>(functions, checkpointSchemas);
