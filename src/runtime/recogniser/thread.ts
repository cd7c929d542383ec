import { parentPort, workerData } from "node:worker_threads";
import { gunzipSync } from "node:zlib";
import { connect } from "../../shared/channel.ts";
import type { Trace } from "../../shared/trace.ts";
import { componentsOf } from "../recognise/components.ts";
import { type OwnerFunctions, type ThreadFunctions, threadSchemas } from "./protocol.ts";
import { componentStore } from "./store.ts";

const port = parentPort;
if (!port) throw new Error("This is the script of a thread; see recogniser.ts.");

/** Given the folder that keeps what was found. */
const store = componentStore(workerData as string);

const functions: ThreadFunctions = {
  recognise: bytes =>
    store.resolve(bytes, () => componentsOf(JSON.parse(gunzipSync(bytes).toString("utf8")) as Trace)),
};

connect<OwnerFunctions, ThreadFunctions>(
  { post: message => port.postMessage(message), onMessage: listener => void port.on("message", listener) },
  functions,
  threadSchemas,
);
