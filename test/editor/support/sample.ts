import { cpSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const llama = join("transformers", "models", "llama");
  mkdirSync(join(folder, llama), { recursive: true });
  cpSync(join(transformersDirectory(), llama), join(folder, llama), { recursive: true });
  const shared = sharedDirectory();
  const realPaper = "attention-is-all-you-need-1706.03762.pdf";
  if (shared === null || !existsSync(join(shared, "papers", realPaper))) return { folder, realPaper: null };
  cpSync(join(shared, "papers", realPaper), join(folder, realPaper));
  return { folder, realPaper };
}
