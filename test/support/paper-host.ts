import type { PaperDocument, PaperHost } from "../../src/shared/protocol/paper.ts";

/** A paper as a host hands it to a page that has not shown it before. */
export function paperDocument(name: string, bytes: Uint8Array<ArrayBuffer>): PaperDocument {
  return { name, bytes, view: null, target: null, mentions: "quiet", pageColors: "never", notes: [] };
}

/** The host of a page that shows one paper, in a workspace without sources or models. */
export function paperHost(own: Pick<PaperHost, "ready"> & Partial<PaperHost>): PaperHost {
  return {
    openComponent: () => {},
    linked: () => {},
    openExternal: () => {},
    failed: ({ message }) => {
      throw new Error(message);
    },
    saveView: () => {},
    putNote: async () => {},
    removeNote: async () => {},
    exportNotes: () => {},
    openExternally: () => {},
    report: ({ message, stack }) => {
      throw new Error(`${message}\n${stack}`);
    },
    implementations: async () => ({ origin: "none", places: [], total: 0 }),
    openImplementation: () => {},
    model: async () => null,
    symbol: async () => ({ kind: "none", reason: "No model here." }),
    outlined: () => {},
    ...own,
  };
}
