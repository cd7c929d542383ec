import { render } from "preact";
import * as v from "valibot";
import { panelStateSchema } from "../../shared/panel-state.ts";
import {
  type ComponentHost,
  type ComponentView,
  componentViewSchemas,
} from "../../shared/protocol/component.ts";
import { readBoot } from "../kit/boot.ts";
import { connectHost } from "../kit/connection.ts";
import "../kit/kit.css";
import { reportErrors } from "../kit/report-errors.ts";
import "./component.css";
import { provideHost } from "./host.ts";
import { handleKey } from "./keyboard.ts";
import { Panel } from "./panel.tsx";
import { continuation, onStateChange, panel, receive, state, work } from "./store.ts";

const boot = readBoot();

const view: ComponentView = {
  show: document => {
    receive(document);
    if (state.value) connection.save(state.value);
  },
  progress: next => {
    work.value = next;
  },
  continued: next => {
    continuation.value = next;
  },
  token: text => {
    const writing = continuation.value;
    if (writing) continuation.value = { ...writing, text: writing.text + text };
  },
};
const connection = connectHost<ComponentHost, ComponentView>(view, componentViewSchemas);
const { host } = connection;

/** A state that numbers do not depend on waits until the host is idle, so that moving a cursor never ends a run. */
let waiting: number | undefined;
onStateChange((next, runs) => {
  connection.save(next);
  clearTimeout(waiting);
  if (runs) void host.setState(next);
  else
    waiting = window.setTimeout(() => {
      if (!work.value && state.value && panel.value) void host.setState(state.value);
    }, 400);
});

reportErrors(host);
document.addEventListener("keydown", event => handleKey(event));

// What was chosen before a reload is there at once; the host's document follows.
const saved = v.safeParse(panelStateSchema, connection.saved);
if (saved.success) state.value = saved.output;

provideHost({ host, language: boot.language });
render(<Panel />, document.body);
void host.ready();
