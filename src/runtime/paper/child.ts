import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { constants, setPriority } from "node:os";
import { basename } from "node:path";
import { boundDecoding } from "../../shared/bounded-decoding.ts";
import { setBundle, t } from "../../shared/l10n.ts";
import { Jobs, serve } from "../process/serve.ts";
import { closeNetwork } from "../tracer/network.ts";
import { indexPaper } from "./index-paper.ts";
import { indexSources } from "./index-sources.ts";
import { paperIndexStore } from "./index-store.ts";
import { type IndexFunctions, indexSchemas } from "./protocol.ts";

// The indexing process. Started by process.ts under Node's permission model: it reads files and writes only its own cache.
// pdf.js wants to put globals in place when it is loaded, which has to come before they are closed.
await import("pdfjs-dist/legacy/build/pdf.mjs");
closeNetwork();
boundDecoding();
// The paper that is being opened comes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const [folder = ""] = process.argv.slice(2);
const store = paperIndexStore(folder);
const jobs = new Jobs();

/** Larger files are not read: a paper is a few megabytes. */
const LARGEST = 256 * 2 ** 20;

const functions: IndexFunctions = {
  localise: setBundle,
  paper: (job, path) =>
    jobs.run(job, async signal => {
      const name = basename(path);
      if ((await stat(path)).size > LARGEST)
        throw new Error(t("{0} is larger than 256 MB and is not indexed. Open it to read it.", name));
      const bytes = await readFile(path, { signal });
      const hash = createHash("sha256").update(bytes).digest("hex");
      return await store.resolve(hash, () => indexPaper(name, hash, bytes, signal));
    }),
  sources: (job, files) => jobs.run(job, signal => indexSources(files, signal)),
  cancel: job => jobs.cancel(job),
};

serve(functions, indexSchemas);
