import { useEffect, useRef, useState } from "preact/hooks";
import { type ComponentId, component, components, inLanguage } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import type { Note } from "../../shared/notes/index.ts";
import { Button, Dropdown, LinkButton } from "../kit/controls.tsx";
import { isAtNothing } from "./focus.ts";
import type { PlacedNote } from "./note-layer.ts";
import type { Notebook } from "./notebook.ts";
import * as store from "./store.ts";

/** The reader's notes in the order of the paper. */
export function NotesList(props: {
  readonly notebook: Notebook;
  readonly language: string;
  readonly onExport: () => void;
}) {
  const placed = store.placedNotes.value;
  const links = store.links.value;
  const read = links !== null && links.texts.length === links.pages;
  return (
    <div class="notes">
      {store.notesProblem.value && (
        <p class="problem" role="alert">
          {store.notesProblem.value}
        </p>
      )}
      {store.removedNote.value && (
        <RemovedNote
          key={store.removedNote.value.id}
          note={store.removedNote.value}
          notebook={props.notebook}
        />
      )}
      {placed.length === 0 ? (
        <p class="empty">
          {t("No notes yet. Select a passage in the paper to highlight it or to write a note.")}
        </p>
      ) : (
        <>
          <ul>
            {placed.map(entry => (
              <NoteEntry key={entry.note.id} placed={entry} read={read} {...props} />
            ))}
          </ul>
          <div class="end">
            <LinkButton onClick={props.onExport}>{t("Export as Markdown")}</LinkButton>
          </div>
        </>
      )}
    </div>
  );
}

/** What has just been removed, and the way back; the keyboard is taken there. */
function RemovedNote({ note, notebook }: { readonly note: Note; readonly notebook: Notebook }) {
  const element = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (isAtNothing()) element.current?.querySelector("button")?.focus();
  }, []);
  return (
    <p class="removed" ref={element} role="status">
      {t("The note is removed.")}{" "}
      <LinkButton
        onClick={() => {
          // This button is gone with what it undoes.
          element.current?.closest<HTMLElement>("[role=tabpanel]")?.focus();
          store.chosenNote.value = note.id;
          void notebook.change(note);
        }}
      >
        {t("Undo")}
      </LinkButton>
    </p>
  );
}

function NoteEntry(props: {
  readonly placed: PlacedNote;
  readonly read: boolean;
  readonly notebook: Notebook;
  readonly language: string;
}) {
  const { placed, notebook, language } = props;
  const { note } = placed;
  const element = useRef<HTMLLIElement>(null);
  const chosen = store.chosenNote.value === note.id;
  const edited = store.editedNote.value === note.id;
  const wasEdited = useRef(edited);
  useEffect(() => {
    if (chosen) element.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  useEffect(() => {
    if (wasEdited.current && !edited && isAtNothing())
      element.current?.querySelector<HTMLElement>(".actions button")?.focus();
    wasEdited.current = edited;
  }, [edited]);
  const lost = props.read && placed.places.length === 0;
  return (
    <li ref={element} class={chosen ? "chosen" : ""} data-note={note.id}>
      <button type="button" class="passage" disabled={lost} onClick={() => notebook.show(placed)}>
        {note.quote.exact}
      </button>
      {edited ? (
        <NoteForm note={note} notebook={notebook} language={language} />
      ) : (
        <>
          {note.text !== "" && <p class="text">{note.text}</p>}
          <p class="about">
            {[
              t("page {0}", placed.places[0]?.page ?? note.page),
              ...(note.component === null ? [] : [inLanguage(component(note.component).name, language)]),
            ].join(" · ")}
          </p>
          {lost && <p class="about">{t("This passage is not in this version of the paper.")}</p>}
          {props.read && !lost && !placed.exact && (
            <p class="about">{t("The wording has changed in this version of the paper.")}</p>
          )}
          <div class="actions">
            <LinkButton
              label={t("Edit the note on “{0}”", note.quote.exact.slice(0, 60))}
              onClick={() => {
                store.chosenNote.value = note.id;
                store.editedNote.value = note.id;
              }}
            >
              {t("Edit")}
            </LinkButton>
            <LinkButton
              label={t("Remove the note on “{0}”", note.quote.exact.slice(0, 60))}
              onClick={() => void notebook.remove(note)}
            >
              {t("Remove")}
            </LinkButton>
          </div>
        </>
      )}
    </li>
  );
}

/** A note while it is written: Ctrl+Enter keeps it, Escape leaves it as it was. */
function NoteForm(props: { readonly note: Note; readonly notebook: Notebook; readonly language: string }) {
  const { note, notebook, language } = props;
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = store.drafts.get(note.id) ?? note;
  const [about, setAbout] = useState<ComponentId | null>(draft.component);
  useEffect(() => field.current?.focus(), []);
  const keep = (component: ComponentId | null) =>
    store.drafts.set(note.id, { text: field.current?.value ?? draft.text, component });
  const close = () => {
    store.drafts.delete(note.id);
    store.editedNote.value = null;
  };
  const save = () => {
    const text = field.current?.value ?? note.text;
    close();
    void notebook.change({ ...note, text, component: about });
  };
  return (
    <div class="note-form">
      <textarea
        ref={field}
        class="field"
        rows={4}
        aria-label={t("Note")}
        placeholder={t("What is worth remembering here?")}
        defaultValue={draft.text}
        onInput={() => keep(about)}
        onKeyDown={event => {
          event.stopPropagation();
          if (event.key === "Escape") close();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) save();
        }}
      />
      <Dropdown
        label={t("Component")}
        value={about ?? ""}
        options={[
          { value: "", label: t("No component") },
          ...components.map(({ id, name }) => ({ value: id, label: inLanguage(name, language) })),
        ]}
        onChange={id => {
          const chosen = id === "" ? null : (id as ComponentId);
          setAbout(chosen);
          keep(chosen);
        }}
      />
      <div class="actions">
        <Button kind="primary" onClick={save}>
          {t("Save note")}
        </Button>
        <Button onClick={close}>{t("Cancel")}</Button>
      </div>
    </div>
  );
}
