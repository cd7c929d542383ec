export type { BlockSyntax } from "./block.ts";
export {
  type ClassDefinition,
  definitions,
  type FunctionDefinition,
  type Parameter,
} from "./definitions.ts";
export { isProse, lineAt, type PythonBlock, type PythonDocument, parsePython } from "./document.ts";
export { type HandOver, type Uses, usesIn } from "./hand-overs.ts";
export { type MethodCall, methodCalls } from "./method-calls.ts";
export { definitionsOnly, joinCells } from "./notebook.ts";
export { type Statement, type StatementScope, statementScopes } from "./statements.ts";
