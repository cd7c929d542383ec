import * as v from "valibot";
import type { ArgumentSchemas } from "../../shared/channel.ts";
import type { CheckpointOutline, OutlinedTensor, TensorSummary } from "../../shared/checkpoint/outline.ts";
import type { DescribeCheckpoint } from "../models/checkpoint.ts";
import type { RepackedModel } from "../models/repack.ts";
import type { OnDemandFunctions } from "../process/on-demand.ts";

/** What the process that reads checkpoints offers. */
export interface CheckpointFunctions extends OnDemandFunctions {
  /** As `describeCheckpoint`. */
  describe: DescribeCheckpoint;
  /** As `repack`. @param job names the work for `cancel` and `progressed`. */
  repack(job: number, path: string, folder: string): Promise<RepackedModel>;
  outline(path: string): Promise<CheckpointOutline>;
  /** @param job names the work for `cancel`. */
  summarise(job: number, path: string, tensor: OutlinedTensor): Promise<TensorSummary>;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const checkpointSchemas: ArgumentSchemas<CheckpointFunctions> = {
  localise: v.tuple([v.record(v.string(), v.string())]),
  describe: v.tuple([v.string(), v.string(), v.picklist(["zoo", "cache", "huggingface", "folder"])]),
  repack: v.tuple([count, v.string(), v.string()]),
  outline: v.tuple([v.string()]),
  summarise: v.tuple([
    count,
    v.string(),
    v.object({
      name: v.string(),
      parameter: v.nullable(v.string()),
      dtype: v.string(),
      shape: v.array(count),
      file: count,
      offset: count,
      bytes: count,
      readable: v.boolean(),
    }),
  ]),
  cancel: v.tuple([count]),
};
