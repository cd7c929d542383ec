export type { BlockSyntax } from "./block.ts";
export {
  type ClassDefinition,
  definitions,
  type FunctionDefinition,
  type Parameter,
} from "./definitions.ts";
export { isProse, lineAt, type PythonBlock, type PythonDocument, parsePython } from "./document.ts";
export { definitionsOnly, joinCells } from "./notebook.ts";
export { type Statement, type StatementScope, statementScopes } from "./statements.ts";
