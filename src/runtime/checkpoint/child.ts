import { setBundle } from "../../shared/l10n.ts";
import { describeCheckpoint } from "../models/checkpoint.ts";
import { Jobs, serve } from "../process/serve.ts";
import { readOutline } from "./outline.ts";
import { type CheckpointFunctions, checkpointSchemas } from "./protocol.ts";
import { summarise } from "./summary.ts";

const jobs = new Jobs();

const functions: CheckpointFunctions = {
  localise: setBundle,
  describe: describeCheckpoint,
  outline: readOutline,
  summarise: (job, path, tensor) => jobs.run(job, signal => summarise(path, tensor, signal)),
  cancel: job => jobs.cancel(job),
};

serve(functions, checkpointSchemas);
