import {
  definitions,
  lineAt,
  type Parameter,
  type PythonDocument,
  type Statement,
  type StatementScope,
  statementScopes,
} from "../../shared/python/index.ts";
import { type CallSite, callSites } from "./call-sites.ts";
import { lastAssignment } from "./setup.ts";

/** A function of a source that makes an object of a class and gives it back, as `make_model` and `resnet18` do. */
export interface Factory {
  readonly name: string;
  /** Those without a default. */
  readonly required: readonly Parameter[];
  /** From 0. */
  readonly line: number;
}

/** Sources that list variants of a model have dozens; one more says little. */
const MOST = 2;

/** Those whose own call of the class cannot be read without their parameters: see `callSites`. */
export function factories(document: PythonDocument, className: string): readonly Factory[] {
  const found = makers(document, className, callSites(document, className));
  // `vit_base()` gives back what `_create_vit(...)` makes.
  const given = found
    .filter(({ required }) => required.length > 0)
    .flatMap(({ name }) => makers(document, name, []))
    .filter(({ required }) => required.length === 0);
  return [...given, ...found].slice(0, MOST);
}

/** @param sites places whose function is left out. */
function makers(
  document: PythonDocument,
  className: string,
  sites: readonly Pick<CallSite, "line">[],
): readonly Factory[] {
  if (!document.text.includes(className)) return [];
  const functions = definitions(document).filter(each => each.kind === "function");
  return statementScopes(document).flatMap((scope): Factory[] => {
    const definition = functions.find(({ name }) => name === scope.function?.name);
    const returned = definition && scope.statements.find(each => returns(each, scope, className));
    if (!returned) return [];
    if (sites.some(({ line }) => line >= definition.line && line < definition.endLine)) return [];
    const required = definition.parameters.filter(({ hasDefault }) => !hasDefault);
    return [{ name: definition.name, required, line: lineAt(document, returned.from) }];
  });
}

/** `return Name(…)`, or `return model` after `model = Name(…)`, whatever is asked of the object at once. */
function returns(statement: Statement, scope: StatementScope, className: string): boolean {
  if (statement.node.name !== "ReturnStatement") return false;
  const value = statement.text.replace(/^return\s*/, "").trim();
  const makes = (expression: string | null | undefined) => expression?.startsWith(`${className}(`) ?? false;
  const before = scope.statements.indexOf(statement);
  return makes(value) || makes(lastAssignment(value, scope, before)?.statement.value);
}
