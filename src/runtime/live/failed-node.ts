import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";

/** What onnxruntime says of a node that it could not compute; a node is called after the torch call that it is part of. */
const FAILED_NODE = /running \w+ node\. Name:'(?<scope>[^']*)\/\w+#\d+' Status Message: (?<reason>.*)/s;

/** The source of onnxruntime that it quotes before a reason. */
const QUOTED = /^.* was false\. /s;

const OUTSIDE = /idx=(?<index>-?\d+) must be within the inclusive range \[-?\d+,(?<last>\d+)\]/;

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
  // A module may call one function in several lines.
  const places = calls.flatMap(({ places: [innermost] }) => {
    const place = trace.places[innermost ?? -1];
    return place ? [`${trace.files[place.file]?.path}:${place.line}`] : [];
  });
  if (places.length === 0) return error;
  const where = [...new Set(places)].join(", ");
  return new Error(t("{0}: {1} cannot be computed: {2}", where, calls[0]!.function, inWords(reason!)), {
    cause: error,
  });
}

function inWords(reason: string): string {
  const outside = OUTSIDE.exec(reason)?.groups;
  return outside
    ? t(
        "there is no entry {0}, the last one is {1}. Of a token, that means a tokenizer of another model.",
        outside.index!,
        outside.last!,
      )
    : reason.replace(QUOTED, "").trim();
}
