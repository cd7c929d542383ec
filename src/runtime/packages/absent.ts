import { basename } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { AbsentPackage, TraceFailure } from "../../shared/trace.ts";
import { wayTo } from "./distributions.ts";

/** Why a source could not be traced and, where a package is lacking, what to do about it; without the place. */
export function failureText(failure: Pick<TraceFailure, "message" | "arguments" | "package">): string {
  const reason = t(failure.message, ...failure.arguments);
  if (!failure.package) return reason;
  // What Python says of an error ends as it likes.
  return `${reason.replace(/(?<![.!?])$/, ".")} ${nextStep(failure.package)}`;
}

/** The package of the index that would help; null where none can be got. */
export function packageToGet(lacked: AbsentPackage | undefined): string | null {
  const way = lacked && wayTo(lacked.name);
  return way?.kind === "get" ? way.name : null;
}

function nextStep({ name, file, line }: AbsentPackage): string {
  const way = wayTo(name);
  const where = file === null ? t("The source") : `${basename(file)}:${line}`;
  switch (way.kind) {
    case "get":
      return t(
        "{0} imports {1}, a package that is not here: get it with “Papertrace: Get a Python Package…” (papertrace packages add {2}).",
        where,
        name,
        way.name,
      );
    case "compiled":
      return t(
        "{0} imports {1}, a package with compiled code, which cannot be got for a trace: replace what needs it or, if it is made for PyTorch, select a Python environment that holds it.",
        where,
        name,
      );
    case "own":
      return t(
        "{0} imports {1}, which is neither beside the source nor in a folder where imports are looked up: add its folder to python.analysis.extraPaths (--packages on the command line).",
        where,
        name,
      );
  }
}
