import { cpSync, existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { projectDirectory, sharedDirectory, transformersDirectory } from "../../support/paths.ts";

/**
 * A workspace as a reader has it: the sample paper and a Llama of our own, a copy of transformers' unmodified
 * `modeling_llama.py` in its package, and a real paper where one is at hand.
 */
export function sampleWorkspace(): { folder: string; realPaper: string | null } {
  const folder = mkdtempSync(join(tmpdir(), "papertrace-workspace-"));
  const media = join(projectDirectory, "media");
  cpSync(join(media, "sample", "paper.pdf"), join(folder, "paper.pdf"));
  cpSync(join(media, "sources", "llama.py"), join(folder, "llama.py"));
  // As it is installed, but for the architectures that nobody opens here.
  const models = join(transformersDirectory(), "transformers", "models");
  cpSync(join(transformersDirectory(), "transformers"), join(folder, "transformers"), {
    recursive: true,
    filter: path => dirname(path) !== models || ["__init__.py", "auto", "llama"].includes(basename(path)),
  });
  const shared = sharedDirectory();
  const realPaper = "attention-is-all-you-need-1706.03762.pdf";
  if (shared === null || !existsSync(join(shared, "papers", realPaper))) return { folder, realPaper: null };
  cpSync(join(shared, "papers", realPaper), join(folder, realPaper));
  return { folder, realPaper };
}
