import { join } from "node:path";
import { t } from "../../shared/l10n.ts";
import type { Provider } from "../../shared/run.ts";
import { cudaRemedy, DRIVER } from "./cuda-libraries.ts";
import { nativeFolder, RUNTIME_VARIABLE } from "./runtime-folder.ts";

/** What is the matter, without the source of onnxruntime that is quoted around it. */
export function reasonOf(error: unknown): string {
  const [line = ""] = String((error as Error).message ?? error).split("\n", 1);
  const cuda = /CUDA failure \d+: [^;]*/.exec(line)?.[0];
  return cuda?.trim() ?? line.replace(/^.* was false\. |^OrtSessionOptionsAppendExecutionProvider\w*: /, "");
}

/** What to do about a provider that onnxruntime only says of that it, or its driver, does not serve. */
export function remedyFor(provider: Provider, error: unknown): string | null {
  if (provider !== "cuda") return null;
  if (/CUDA failure 35:/.test(String(error))) return t("Install NVIDIA's driver, {0} or later.", DRIVER);
  if (!/load shared library/i.test(String(error))) return null;
  const runtime = process.env[RUNTIME_VARIABLE];
  return runtime
    ? cudaRemedy(missingLibrary(join(nativeFolder(runtime), "libonnxruntime_providers_cuda.so")))
    : t("Run the command “Get the CUDA Provider…”, or: {0}", "papertrace providers add cuda");
}

/** The library that the loader does not find when it loads another; null where it names none. */
function missingLibrary(path: string): string | null {
  try {
    process.dlopen({ exports: {} }, path);
    return null;
  } catch (error) {
    return /^([\w.+-]+\.so[\d.]*): /.exec((error as Error).message)?.[1] ?? null;
  }
}
