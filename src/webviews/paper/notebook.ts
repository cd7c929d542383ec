import { effect } from "@preact/signals";
import type { ComponentId } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { type Note, PassageFinder, type Span, sorted } from "../../shared/notes/index.ts";
import type { PaperHost } from "../../shared/protocol/paper.ts";
import type { PaperLinks } from "./links.ts";
import type { PlacedNote } from "./note-layer.ts";
import type { Reader } from "./reader.ts";
import type { SelectedPassage } from "./selection.ts";
import * as store from "./store.ts";

/** Where notes are kept. */
export type NoteKeeper = Pick<PaperHost, "putNote" | "removeNote">;

/** The notes of the paper that is open: finds their passages in its text, makes new ones and keeps them. */
export class Notebook {
  readonly #keeper: NoteKeeper;
  readonly #reader: Reader;
  #text: { readonly links: PaperLinks; readonly finder: PassageFinder } | null = null;

  constructor(keeper: NoteKeeper, reader: Reader) {
    this.#keeper = keeper;
    this.#reader = reader;
    effect(() => {
      const links = store.links.value;
      store.placedNotes.value = store.notes.value.map(note => this.#place(note, links));
    });
    effect(() =>
      reader.noteLayers.draw(store.placedNotes.value, store.chosenNote.value, store.rotation.value),
    );
  }

  /** Marks a passage; with `write` the note is opened to be written in. False where the text is not yet known there. */
  async add(passage: SelectedPassage, write: boolean): Promise<boolean> {
    await this.#reader.linked;
    const links = store.links.value;
    if (links === null) return false;
    const finder = this.#finder(links);
    const anchor = finder.find(passage.quote, { page: passage.page - 1, start: 0 });
    const first = anchor?.spans[0];
    if (anchor === null || first === undefined) {
      store.notesProblem.value = t(
        "The selected text was not found on its page, so it cannot be marked. Select whole words and try again.",
      );
      store.panel.value = "notes";
      return false;
    }
    const note: Note = {
      id: crypto.randomUUID().slice(0, 8),
      page: first.page + 1,
      start: first.start,
      quote: finder.quote(anchor.spans),
      text: "",
      component: mentioned(links, anchor.spans),
      created: new Date().toISOString(),
    };
    document.getSelection()?.empty();
    store.chosenNote.value = note.id;
    if (write) {
      store.panel.value = "notes";
      store.editedNote.value = note.id;
    }
    await this.change(note);
    return true;
  }

  /** Keeps a note as it is now. */
  async change(note: Note): Promise<void> {
    store.removedNote.value = null;
    store.notes.value = sorted([...store.notes.value.filter(({ id }) => id !== note.id), note]);
    await this.#keep(() => this.#keeper.putNote(note));
  }

  /** Takes a note away; `change` brings it back. */
  async remove(removed: Note): Promise<void> {
    store.removedNote.value = removed;
    store.notes.value = store.notes.value.filter(({ id }) => id !== removed.id);
    await this.#keep(() => this.#keeper.removeNote(removed.id));
  }

  /** Scrolls to the passage of a note. */
  show({ note, places }: PlacedNote): void {
    store.chosenNote.value = note.id;
    if (places[0] !== undefined) this.#reader.showPlace(places[0]);
  }

  async #keep(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      store.notesProblem.value = null;
    } catch (error) {
      store.notesProblem.value = error instanceof Error ? error.message : String(error);
      store.panel.value = "notes";
    }
  }

  #finder(links: PaperLinks): PassageFinder {
    if (this.#text?.links !== links)
      this.#text = { links, finder: new PassageFinder(links.texts.map(({ text }) => text)) };
    return this.#text.finder;
  }

  #place(note: Note, links: PaperLinks | null): PlacedNote {
    // Until its page has been read, a note is not looked for on others.
    const isRead = links !== null && links.texts.length >= Math.min(note.page, links.pages);
    const anchor = isRead ? this.#finder(links).anchor(note) : null;
    return {
      note,
      places: anchor?.spans.map(({ page, start, end }) => links!.place(page, start, end)) ?? [],
      exact: anchor?.exact ?? false,
    };
  }
}

/** The component that a passage names first. */
function mentioned(links: PaperLinks, spans: readonly Span[]): ComponentId | null {
  for (const { page, start, end } of spans) {
    const mention = links.mentions[page]?.find(other => other.start >= start && other.end <= end);
    if (mention !== undefined) return mention.component;
  }
  return null;
}
