/** The extension host's side of a paper page, in the page itself: the same messages, answered from addresses. */
import { connect } from "../../../src/shared/channel.ts";
import { type PaperHost, type PaperPage, paperHostSchemas } from "../../../src/shared/protocol/paper.ts";

const requests: ((message: unknown) => void)[] = [];
let linked = () => {};
Object.assign(window, {
  /** Resolves when the whole paper has been linked. */
  linked: new Promise<void>(resolve => {
    linked = resolve;
  }),
  acquireVsCodeApi: () => ({
    postMessage(message: unknown) {
      queueMicrotask(() => {
        for (const listener of requests) listener(message);
      });
    },
    getState: () => undefined,
    setState: () => {},
  }),
});

const nothing = () => {};
const host: PaperHost = {
  async ready() {
    const bytes = new Uint8Array(await (await fetch("paper.pdf")).arrayBuffer());
    return {
      name: "paper.pdf",
      bytes,
      view: null,
      target: null,
      mentions: "quiet",
      pageColors: "never",
      notes: [],
    };
  },
  linked({ pages, pagesLinked }) {
    if (pagesLinked === pages) linked();
  },
  failed({ message }) {
    throw new Error(message);
  },
  report({ message, stack }) {
    throw new Error(`${message}\n${stack}`);
  },
  implementations: () => Promise.reject(new Error("there is no workspace")),
  model: async () => null,
  symbol: () => Promise.reject(new Error("there is no model")),
  openImplementation: nothing,
  outlined: nothing,
  openComponent: nothing,
  openExternal: nothing,
  saveView: nothing,
  putNote: async () => {},
  removeNote: async () => {},
  exportNotes: nothing,
  openExternally: nothing,
};

connect<PaperPage, PaperHost>(
  {
    post: message => window.postMessage(message),
    onMessage: listener => requests.push(listener),
  },
  host,
  paperHostSchemas,
);
