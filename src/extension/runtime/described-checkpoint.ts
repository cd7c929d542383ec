import type { CheckpointProcess } from "../../runtime/checkpoint/process.ts";
import { type DescribeCheckpoint, unusable } from "../../runtime/models/checkpoint.ts";

/** As `describeCheckpoint`, in the process that reads checkpoints. */
export function describeIn(process: () => CheckpointProcess): DescribeCheckpoint {
  return async (...asked) => {
    try {
      return await process().describe(...asked);
    } catch (error) {
      return unusable(...asked, (error as Error).message);
    }
  };
}
