import { signal } from "@preact/signals";
import type { Note } from "../../shared/notes/index.ts";
import type { PaperFailureKind } from "../../shared/paper-failure.ts";
import type { MentionMode, PageColors } from "../../shared/protocol/paper.ts";
import type { EquationSymbol } from "../../shared/protocol/paper-context.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";
import type { PlacedNote } from "./note-layer.ts";
import type { OutlineItem } from "./outline.ts";

/** What the page shows of its paper; the reader writes it, the parts of the page draw it. */
export const status = signal<"loading" | "open" | "failed">("loading");
/** Why the paper cannot be read, or, while it is open, why nothing in it is linked. */
export const problem = signal<{ readonly kind: PaperFailureKind | null; readonly message: string } | null>(
  null,
);
export const page = signal(1);
export const pages = signal(0);
/** 1 is the size of the paper. */
export const scale = signal(1);
/** What the scale follows, such as `page-width`; a number where it follows nothing. */
export const scaleValue = signal("page-width");
export const mentionMode = signal<MentionMode>("quiet");
export const links = signal<PaperLinks | null>(null);
export const card = signal<Card | null>(null);
export const finding = signal(false);
/** How often the search has been asked for: each time the keyboard goes to its field. */
export const findAsked = signal(0);
/** What is beside the paper: its components, its headings, its pages in small, the reader's notes, or nothing. */
export const panel = signal<SidePanel | null>(null);
export type SidePanel = "components" | "outline" | "pages" | "notes";
/** The headings of the paper; null until they are known. */
export const outline = signal<readonly OutlineItem[] | null>(null);
/** Whether there is somewhere to go back to, and forward. */
export const history = signal({ back: false, forward: false });
/** Degrees clockwise. */
export const rotation = signal(0);
export const twoPages = signal(false);
export const pageColors = signal<PageColors>("never");
/** The paper waits for its password; null where it does not. */
export const password = signal<PasswordQuestion | null>(null);
export const notes = signal<readonly Note[]>([]);
export const placedNotes = signal<readonly PlacedNote[]>([]);
/** Id of the note that is marked in the paper and in the list. */
export const chosenNote = signal<string | null>(null);
/** Id of the note that is being written. */
export const editedNote = signal<string | null>(null);
/** What has been written of notes that are not saved yet, by their ids: a list that is hidden loses nothing. */
export const drafts = new Map<string, Pick<Note, "text" | "component">>();
/** The note that was taken away last, to be brought back. */
export const removedNote = signal<Note | null>(null);
/** Why notes could not be kept. */
export const notesProblem = signal<string | null>(null);

/** What is asked of the reader before an encrypted paper can be opened. */
export interface PasswordQuestion {
  readonly name: string;
  /** The one before did not open it. */
  readonly wrong: boolean;
  /** Null to leave it closed. */
  answer(password: string | null): void;
}

/** The card of a mention. */
export interface Card {
  readonly mention: PlacedMention;
  /** A symbol of an equation, whose value is wanted. */
  readonly symbol?: EquationSymbol | null;
  /** The keyboard goes into it. */
  readonly entered?: boolean;
  /** The line that it must not cover, in client pixels. */
  readonly line: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}
