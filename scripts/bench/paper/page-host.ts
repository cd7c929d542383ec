/** The extension host's side of a paper page, in the page itself: the same messages, answered from addresses. */
import { connect } from "../../../src/shared/channel.ts";
import { type PaperHost, type PaperPage, paperHostSchemas } from "../../../src/shared/protocol/paper.ts";
import { paperDocument, paperHost } from "../../../test/support/paper-host.ts";

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

const host = paperHost({
  ready: async () =>
    paperDocument("paper.pdf", new Uint8Array(await (await fetch("paper.pdf")).arrayBuffer())),
  linked({ pages, pagesLinked }) {
    if (pagesLinked === pages) linked();
  },
});

connect<PaperPage, PaperHost>(
  {
    post: message => window.postMessage(message),
    onMessage: listener => requests.push(listener),
  },
  host,
  paperHostSchemas,
);
