import { parentPort } from "node:worker_threads";
import { gunzipSync } from "node:zlib";
import { connect } from "../../shared/channel.ts";
import type { Trace } from "../../shared/trace.ts";
import { componentsOf } from "../recognise/components.ts";
import { type OwnerFunctions, type ThreadFunctions, threadSchemas } from "./protocol.ts";
import { ComponentStore } from "./store.ts";

const port = parentPort;
if (!port) throw new Error("This is the script of a thread; see recogniser.ts.");

const functions: ThreadFunctions = {
  recognise: (bytes, folder) =>
    new ComponentStore(folder).resolve(bytes, () =>
      componentsOf(JSON.parse(gunzipSync(bytes).toString("utf8")) as Trace),
    ),
};

connect<OwnerFunctions, ThreadFunctions>(
  { post: message => port.postMessage(message), onMessage: listener => void port.on("message", listener) },
  functions,
  threadSchemas,
);
