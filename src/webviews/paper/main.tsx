import { render } from "preact";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import {
  keptViewSchema,
  type PaperAction,
  type PaperDocument,
  type PaperHost,
  type PaperPage,
  type PaperView,
  paperPageSchemas,
} from "../../shared/protocol/paper.ts";
import { readBoot } from "../kit/boot.ts";
import { connectHost } from "../kit/connection.ts";
import "../kit/kit.css";
import { reportErrors } from "../kit/report-errors.ts";
import "pdfjs-dist/web/pdf_viewer.css";
import "./paper.css";
import "./annotations.css";
import "./contents.css";
import "./mentions.css";
import "./card.css";
import "./equations.css";
import "./passage-flash.css";
import "./side-panel.css";
import "./notes.css";
import { App } from "./app.tsx";
import { boundStrokes } from "./bounded-strokes.ts";
import { provideContextHost } from "./context-host.ts";
import type { Notebook } from "./notebook.ts";
import { outlineRows } from "./overview.ts";
import type { Reader } from "./reader.ts";
import { selectedPassage } from "./selection.ts";
import * as store from "./store.ts";
import { showTarget, showTargetOnceLaidOut } from "./target.ts";
import { startWorker } from "./worker.ts";

const boot = readBoot();
boundStrokes();
let reader: Reader | null = null;
let notebook: Notebook | null = null;
/** Name of the paper that was asked for last. */
let name = "";

const page: PaperPage = {
  setZoom: zoom => reader?.setZoom(zoom),
  setMentions: mode => {
    store.mentionMode.value = mode;
    store.card.value = null;
  },
  show: async target => (reader ? await showTarget(reader, target) : false),
  setPageColors: colors => reader?.setPageColors(colors),
  setNotes: notes => {
    store.notes.value = notes;
  },
  act: action => actions[action](),
  reload: document => void open(document, reader?.view ?? document.view),
};
/** What each command does here. */
const actions: Record<PaperAction, () => void> = {
  back: () => reader?.history.back(),
  forward: () => reader?.history.forward(),
  "rotate-right": () => reader?.turn(90),
  "rotate-left": () => reader?.turn(-90),
  "two-pages": () => reader?.setTwoPages(!store.twoPages.value),
  find: () => {
    store.finding.value = store.status.value === "open";
    store.findAsked.value++;
  },
  components: () => togglePanel("components"),
  outline: () => togglePanel("outline"),
  pages: () => togglePanel("pages"),
  notes: () => togglePanel("notes"),
  highlight: () => mark(false),
  note: () => mark(true),
};
const connection = connectHost<PaperHost, PaperPage>(page, paperPageSchemas);
const { host } = connection;
provideContextHost(host);
// What takes longest begins before there is anything to show: the file's way here, and the start of the worker.
let asked: Promise<PaperDocument> | null = host.ready();
if (boot.pdfjs !== null) startWorker(boot.pdfjs).catch(() => {});

/** What this page kept before it was reloaded. */
const kept = v.safeParse(keptViewSchema, connection.saved);
const own = kept.success ? kept.output : null;
/** Tells this editor from others that show the same paper. */
const editor = own?.editor || crypto.randomUUID();

const report = reportErrors(host);
document.addEventListener("keydown", event => {
  if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  event.preventDefault();
  actions.find();
});

function togglePanel(panel: store.SidePanel): void {
  store.panel.value = store.panel.value === panel ? null : panel;
}

/** Highlights what is selected, to be written about if `write`. */
function mark(write: boolean): void {
  const passage = selectedPassage(document.body);
  if (passage !== null) void notebook?.add(passage, write);
  else {
    store.notesProblem.value = t("Select a passage in the paper first.");
    store.panel.value = "notes";
  }
}

async function open(document: PaperDocument, view: PaperView | null): Promise<void> {
  name = document.name;
  await reader?.open(document, view);
}

/**
 * Asks the host for the paper. What a page kept itself may be older than what it told the host, as after a crash; but what
 * the host knows may come from another editor.
 */
async function load(): Promise<void> {
  store.status.value = "loading";
  store.problem.value = null;
  try {
    const answer = asked ?? host.ready();
    asked = null;
    const document = await answer;
    const isNewest = own === null || document.view?.editor === editor;
    if (document.target && reader) showTargetOnceLaidOut(reader, document.target);
    await open(document, isNewest ? document.view : own);
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
        const kept = { ...view, editor };
        connection.save(kept);
        void host.saveView(kept);
      },
      linked: progress => {
        void host.linked(progress);
        if (store.links.value) void host.outlined(outlineRows(store.links.value));
      },
      failed: (kind, message) => void host.failed({ kind, message }),
    }}
    actions={{
      run: ({ component }) => void host.openComponent(component),
      follow: url => void host.openExternal(url),
      openNote: id => {
        store.chosenNote.value = id;
        store.panel.value = "notes";
      },
      exportNotes: () => void host.exportNotes(),
      openExternally: () => void host.openExternally(),
    }}
    keeper={{ putNote: note => host.putNote(note), removeNote: id => host.removeNote(id) }}
    onReader={(created, book) => {
      reader = created;
      notebook = book;
      void load();
    }}
    onCancel={() => reader?.cancel(name)}
    onRetry={() => void load()}
  />,
  document.body,
);
