import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Tells the process which folder it was given, empty where none. */
export const RUNTIME_VARIABLE = "PAPERTRACE_ONNXRUNTIME";

/**
 * Arguments for Node by which a process takes onnxruntime-node from another folder, such as one with the CUDA provider
 * beside it; everything in the process takes the same one, for two copies of a native library do not get along.
 * @param folder holds `node_modules/onnxruntime-node`.
 */
export function runtimeArguments(folder: string): string[] {
  const entry = pathToFileURL(join(folder, "node_modules", "onnxruntime-node", "dist", "index.js")).href;
  const code = `import { registerHooks } from "node:module";
registerHooks({
  resolve: (name, context, next) =>
    name === "onnxruntime-node" ? { url: ${JSON.stringify(entry)}, format: "commonjs", shortCircuit: true } : next(name, context),
});`;
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}
