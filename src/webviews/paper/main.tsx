import { render } from "preact";
import * as v from "valibot";
import { isComponentId } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import {
  type PaperDocument,
  type PaperHost,
  type PaperPage,
  type PaperView,
  paperPageSchemas,
  paperViewSchema,
} from "../../shared/protocol/paper.ts";
import { readBoot } from "../kit/boot.ts";
import { connectHost } from "../kit/connection.ts";
import "../kit/kit.css";
import "pdfjs-dist/web/pdf_viewer.css";
import "./paper.css";
import "./contents.css";
import "./mentions.css";
import { App } from "./app.tsx";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

const boot = readBoot();
let reader: Reader | null = null;

const page: PaperPage = {
  reveal: async component =>
    isComponentId(component) ? ((await reader?.reveal(component)) ?? false) : false,
  setZoom: zoom => reader?.setZoom(zoom),
  setMentions: mode => {
    store.mentionMode.value = mode;
    store.card.value = null;
  },
  reload: document => void open(document, reader?.view ?? document.view),
};
const connection = connectHost<PaperHost, PaperPage>(page, paperPageSchemas);
const { host } = connection;

const report = (error: unknown) => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  void host.report({ message, stack: stack ?? "" });
};
window.addEventListener("error", event => report(event.error ?? event.message));
window.addEventListener("unhandledrejection", event => report(event.reason));
document.addEventListener("keydown", event => {
  if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  event.preventDefault();
  store.finding.value = store.status.value === "open";
});

async function open(document: PaperDocument, view: PaperView | null): Promise<void> {
  await reader?.open(document, view);
}

/** Asks the host for the paper; a page that comes back finds its own place before the host's. */
async function load(): Promise<void> {
  store.status.value = "loading";
  store.problem.value = null;
  try {
    const document = await host.ready();
    const saved = v.safeParse(paperViewSchema, connection.saved);
    await open(document, saved.success ? saved.output : document.view);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    store.problem.value = { kind: null, message: t("The paper could not be opened: {0}", message) };
    store.status.value = "failed";
    report(error);
  }
}

render(
  <App
    pdfjs={boot.pdfjs ?? ""}
    language={boot.language}
    events={{
      moved: view => {
        connection.save(view);
        void host.saveView(view);
      },
      linked: progress => void host.linked(progress),
      failed: (kind, message) => void host.failed({ kind, message }),
    }}
    actions={{
      run: ({ component, surface, page }) => void host.openComponent({ component, surface, page }),
      follow: url => void host.openExternal(url),
    }}
    onReader={created => {
      reader = created;
      void load();
    }}
    onRetry={() => void load()}
  />,
  document.body,
);
