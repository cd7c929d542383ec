import { render } from "preact";
import * as v from "valibot";
import {
  type CheckpointHost,
  type CheckpointPage,
  checkpointPageSchemas,
} from "../../shared/protocol/checkpoint.ts";
import { readBoot } from "../kit/boot.ts";
import { connectHost } from "../kit/connection.ts";
import "../kit/kit.css";
import { reportErrors } from "../kit/report-errors.ts";
// Nothing is painted on a canvas here, but the stylesheet is told the kind of theme there.
import "../kit/theme.ts";
import "./detail.css";
import "./checkpoint.css";
import { App } from "./app.tsx";
import * as store from "./store.ts";

readBoot();

const page: CheckpointPage = {
  reveal: ([tensor]) => {
    if (tensor !== undefined) store.reveal(tensor);
  },
  changed: () => void load(),
};
const { host, saved, save } = connectHost<CheckpointHost, CheckpointPage>(page, checkpointPageSchemas);

const report = reportErrors(host);

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** What survives the page: which tensor was looked at, in which order. */
const savedSchema = v.object({ order: v.picklist(["name", "size"]), tensor: v.nullable(v.number()) });

async function load(): Promise<void> {
  store.problem.value = null;
  try {
    store.show(await host.ready());
  } catch (error) {
    const message = messageOf(error);
    // What was read before is better than nothing, as long as it says so.
    if (store.checkpoint.value === null) store.problem.value = message;
    else store.outdated.value = message;
    report(error);
  }
}

/** The first time, a reader finds again what was looked at before the page was closed. */
async function start(): Promise<void> {
  await load();
  const before = v.safeParse(savedSchema, saved);
  if (before.success) {
    store.order.value = before.output.order;
    if (store.chosen.value === null && before.output.tensor !== null) store.reveal(before.output.tensor);
  }
  store.chosen.subscribe(chosen => save({ order: store.order.value, tensor: chosen }));
}

async function summarise(tensor: number): Promise<void> {
  store.numbers.value = { tensor, state: "reading" };
  const finish = (numbers: store.Numbers | null) => {
    const current = store.numbers.value;
    if (current?.tensor === tensor && current.state === "reading") store.numbers.value = numbers;
  };
  try {
    finish({ tensor, state: "read", summary: await host.summarise(tensor) });
  } catch (error) {
    finish({ tensor, state: "failed", message: messageOf(error) });
  }
}

async function openSource(tensor: number): Promise<void> {
  const message = await host.openSource(tensor);
  store.sourceProblem.value = message === null ? null : { tensor, message };
}

render(
  <App
    actions={{
      summarise: tensor => void summarise(tensor),
      cancel: () => {
        store.numbers.value = null;
        void host.cancel();
      },
      openSource: tensor => void openSource(tensor),
      copy: text => void host.copy(text),
      openIndex: () => void host.openIndex(),
      retry: () => void load(),
    }}
  />,
  document.body,
);
void start();
