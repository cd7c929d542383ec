import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";
import { notComputed } from "../onnx/not-computed.ts";

/** What onnxruntime says of a node that it could not compute; a node is called after the torch call that it is part of. */
const FAILED_NODE = /running \w+ node\. Name:'(?<scope>[^']*)\/\w+#\d+' Status Message: (?<reason>.*)/s;

/** The source of onnxruntime that it quotes before a reason. */
const QUOTED = /^.* was false\. /s;

/** How its kernels say that they were given an index that is none: which, and in some, what would have been the last. */
const OUTSIDE =
  /idx=(?<index>-?\d+) must be within the inclusive range \[-?\d+,(?<last>\d+)\]|(?:indice|index) found, (?:indice|index) = (?<other>-?\d+)/;

/** And the one that does not say which. */
const UNNAMED = "Out of range value in index tensor";

/** What the trace adds to an index below 0 where torch counts none from the end, so that it lies beyond any axis. */
const BEYOND = 2 ** 53;

/**
 * An error of a run in the words of the source: which call of which line cannot be computed on these inputs, such as an
 * embedding of an index that it does not have. Any other error is given back as it is.
 */
export function atSource(error: unknown, trace: Trace): unknown {
  const found = FAILED_NODE.exec(error instanceof Error ? error.message : "")?.groups;
  if (!found) return error;
  const { scope, reason } = found;
  const calls = trace.calls.filter(
    ({ module, function: name }) => [trace.modules[module]?.path, name].filter(Boolean).join("/") === scope,
  );
  return notComputed(trace, calls, inWords(reason!), error);
}

export function fromEnd(index: number): string {
  return t("there is no entry {0}: none is counted from the end here, as x[{0}] would be.", index);
}

function inWords(reason: string): string {
  const { index, last, other = index } = OUTSIDE.exec(reason)?.groups ?? {};
  const below = Number(other) - BEYOND;
  if (below < 0 && below > -(2 ** 52)) return fromEnd(below);
  if (reason.includes(UNNAMED)) return t("an index lies beyond the dimension, or below 0.");
  return last === undefined
    ? reason.replace(QUOTED, "").trim()
    : t(
        "there is no entry {0}, the last one is {1}. Of a token, that means a tokenizer of another model.",
        index!,
        last,
      );
}
