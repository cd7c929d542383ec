import { join } from "node:path";
import { fixturesDirectory } from "./paths.ts";

/** Where the source would lie if it were saved. */
export const unsavedPath = join(fixturesDirectory("tracer"), "unsaved.py");

interface UnsavedCase {
  /** Lines of `__init__`, whose first is line 6. */
  readonly init?: readonly string[];
  /** Lines of `forward`; the first is line 5, or two below the last of `__init__`. */
  readonly forward: readonly string[];
  /** forward's argument. */
  readonly argument?: string;
}

/** The source of a class `Case` that an editor has not saved, as part of a request. */
export function unsavedCase({ init = [], forward, argument = "x" }: UnsavedCase) {
  const within = (lines: readonly string[]) => lines.map(line => `        ${line}`);
  const text = [
    "import torch",
    "from torch import nn",
    "class Case(nn.Module):",
    ...(init.length > 0 ? ["    def __init__(self):", ...within(["super().__init__()", ...init])] : []),
    `    def forward(self, ${argument}):`,
    ...within(forward),
    "",
  ].join("\n");
  return {
    source: unsavedPath,
    class: "Case",
    checkpoint: null,
    transformers: null,
    overlay: { [unsavedPath]: text },
  };
}
