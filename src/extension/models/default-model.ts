import type { CheckpointInfo } from "../../runtime/models/checkpoint.ts";

/**
 * The model for a reader who has chosen none: one that was added, since it was wanted; else the first language model of
 * the zoo; else whatever can be used.
 */
export function defaultModel(models: readonly CheckpointInfo[]): CheckpointInfo | null {
  const usable = models.filter(model => model.problem === null);
  return (
    usable.find(model => model.origin === "cache") ??
    usable.find(model => model.architecture?.endsWith("ForCausalLM")) ??
    usable[0] ??
    null
  );
}
