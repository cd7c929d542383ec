import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Environment } from "../models/cache.ts";

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

/**
 * The environment of such a process.
 * @param libraries folders of libraries that its provider needs, behind those that the environment names itself.
 */
export function runtimeEnvironment(
  folder: string,
  libraries: readonly string[],
  environment: Environment,
): Record<string, string> {
  const named = environment.LD_LIBRARY_PATH;
  return {
    [RUNTIME_VARIABLE]: folder,
    LD_LIBRARY_PATH: [...(named ? [named] : []), ...libraries].join(delimiter),
    // NVIDIA's libraries would round what they multiply to ten bits and call it float32.
    NVIDIA_TF32_OVERRIDE: "0",
  };
}

/** Where onnxruntime-node in such a folder keeps its native libraries, and those of its providers. */
export function nativeFolder(folder: string): string {
  return join(folder, "node_modules", "onnxruntime-node", "bin", "napi-v6", process.platform, process.arch);
}
