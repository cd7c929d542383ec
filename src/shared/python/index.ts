export type { BlockSyntax } from "./block.ts";
export {
  type ClassDefinition,
  definitions,
  type FunctionDefinition,
  type Parameter,
} from "./definitions.ts";
export { isProse, lineAt, type PythonBlock, type PythonDocument, parsePython } from "./document.ts";
