import {
  lineAt,
  type PythonDocument,
  parsePython,
  type Statement,
  type StatementScope,
  statementScopes,
} from "../../shared/python/index.ts";
import { setupOf } from "./setup.ts";

/** How the source itself builds a class, and what it calls it on. */
export interface CallSite {
  /** One expression that the namespace of the source can read. */
  readonly construct: string;
  /** The call as it is written: `GPT(GPTConfig())`. */
  readonly written: string;
  /** Arguments of the first call of the object, for `TraceRequest.sample`; null where there is none. */
  readonly sample: string | null;
  /** From 0. */
  readonly line: number;
}

/**
 * Places outside of classes where a source builds one: at its top level, under `__main__`, in functions. What an argument
 * takes from an assignment before it comes along; a place that needs a function's own parameter is left out.
 */
export function callSites(source: string | PythonDocument, className: string): readonly CallSite[] {
  const document = typeof source === "string" ? parsePython(source) : source;
  if (!document.text.includes(className)) return [];
  const scopes = statementScopes(document);
  const top = scopes[0]!;
  return scopes.flatMap(scope =>
    scope.statements.flatMap((statement, index): CallSite[] => {
      const call = callOf(statement, className);
      if (call === null || /^(Function|Class|Decorated)/.test(statement.node.name)) return [];
      const setup = setupOf(call, { scope, index }, top);
      if (setup === null) return [];
      const line = lineAt(document, statement.from);
      const construct = setup.length === 0 ? call : `(${[...setup, call].join(", ")})[-1]`;
      return [
        {
          construct,
          written: call.replace(/\s+/g, " "),
          sample: sampleOf(statement, scope, index, top),
          line,
        },
      ];
    }),
  );
}

/** `Name(…)` in a statement, whatever stands around it, such as `.to(device)`; null where there is none. */
function callOf({ node, text }: Statement, name: string): string | null {
  // Blocks have statements of their own, which are looked at one by one.
  if (!text.includes(name) || node.getChild("Body")) return null;
  let found: string | null = null;
  const offset = node.from;
  node.cursor().iterate(({ name: kind, node: each }) => {
    if (found !== null || kind !== "CallExpression") return;
    const callee = each.firstChild;
    if (callee?.name !== "VariableName") return;
    if (text.slice(callee.from - offset, callee.to - offset) === name)
      found = text.slice(each.from - offset, each.to - offset);
  });
  return found;
}

/** What `model(…)` is called with after `model = Name(…)`. */
function sampleOf(
  built: Statement,
  scope: StatementScope,
  index: number,
  top: StatementScope,
): string | null {
  const target = built.targets.length === 1 ? built.targets[0]! : null;
  if (target === null) return null;
  for (let at = index + 1; at < scope.statements.length; at++) {
    const call = callOf(scope.statements[at]!, target);
    if (call === null) continue;
    const given = call.slice(call.indexOf("(") + 1, call.lastIndexOf(")")).trim();
    const setup = given === "" ? null : setupOf(given, { scope, index: at }, top, target);
    if (setup === null || setup.some(each => each.includes(`${target}(`))) return null;
    // Assignments come first without adding an argument: Python reads arguments from left to right.
    return setup.length === 0 ? given : `*(${setup.join(", ")}, ())[-1], ${given}`;
  }
  return null;
}
