import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "../process/serve.ts";
import { closeNetwork } from "./network.ts";
import { CHILD_SCHEMAS, type ChildFunctions, type ParentFunctions } from "./protocol.ts";
import { Python } from "./python.ts";
import { Sources, withSlashes } from "./sources.ts";

// The tracing process. Started by process.ts under Node's permission model: it may read the folders it was given and
// nothing else; it closes the network for itself, and Python is shut in once more before a reader's source runs.
if (!process.permission) throw new Error("this Node has no permission model: nothing is traced without it");
delete process.env.ELECTRON_RUN_AS_NODE;
closeNetwork();

const sources = new Sources();
let python: Python | null = null;

const local: ChildFunctions = {
  async start({ snapshot, transformers, makeSnapshot, maxBytes }) {
    const directory = join(dirname(fileURLToPath(import.meta.url)), "python");
    const saved = snapshot === null ? null : new Uint8Array(readFileSync(snapshot));
    python = await Python.start({ directory, snapshot: saved, makeSnapshot, maxBytes }, sources);
    const made =
      makeSnapshot && !snapshot ? python.makeSnapshot(transformers && withSlashes(transformers)) : null;
    python.close();
    return made;
  },
  trace(request, { milliseconds }) {
    if (!python) throw new Error("not started");
    const { overlay = {}, ...rest } = request;
    sources.setOverlay(overlay);
    const asked = {
      ...rest,
      source: withSlashes(request.source),
      transformers: request.transformers && withSlashes(request.transformers),
      packages: request.packages?.map(withSlashes),
    };
    const result = python.trace(JSON.stringify(asked), milliseconds, () => void parent.computing.asEvent());
    return { result, bytes: python.bytes, spoiled: python.isSpoiled };
  },
};

const parent = serve<ChildFunctions, ParentFunctions>(local, CHILD_SCHEMAS);
