import * as v from "valibot";
import type { ArgumentSchemas } from "../channel.ts";
import { type Note, noteSchema } from "../notes/index.ts";
import type { PaperFailureKind } from "../paper-failure.ts";
import {
  type PaperContextHost,
  type PaperContextPage,
  type PaperTarget,
  paperContextHostSchemas,
  paperContextPageSchemas,
} from "./paper-context.ts";

/** What the extension host offers to a paper page. */
export interface PaperHost extends PaperContextHost {
  /** The page is up; answers with what to open. */
  ready(): Promise<PaperDocument>;
  /** A mention was clicked: open its panel beside the paper. */
  openComponent(component: string): void;
  /** How far linking has come, for the log. */
  linked(progress: { pages: number; pagesLinked: number }): void;
  /** An external link; only http and https are opened. */
  openExternal(url: string): void;
  /** The file cannot be read as a paper: a sentence is shown in the page and logged. */
  failed(reason: { kind: PaperFailureKind; message: string }): void;
  saveView(view: KeptView): void;
  /** Keeps a note, in place of the one with its id. @throws Error where its file cannot be written, with the reason. */
  putNote(note: Note): Promise<void>;
  /** @throws Error where the file of notes cannot be written, with the reason. */
  removeNote(id: string): Promise<void>;
  /** Opens all notes as Markdown. */
  exportNotes(): void;
  /** Opens the file in the system's own reader. */
  openExternally(): void;
  report(error: { message: string; stack: string }): void;
}

/** What a paper page offers to the extension host. */
export interface PaperPage extends PaperContextPage {
  setZoom(zoom: "in" | "out" | "page-width" | "page-fit" | "actual"): void;
  setMentions(mode: MentionMode): void;
  setPageColors(mode: PageColors): void;
  /** The file of notes changed. */
  setNotes(notes: readonly Note[]): void;
  /** Does what a command or a key asks for. */
  act(action: PaperAction): void;
  /** The file changed on disk. */
  reload(document: PaperDocument): void;
}

export interface PaperDocument {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: KeptView | null;
  /** A mention to go to at once. */
  readonly target: PaperTarget | null;
  readonly mentions: MentionMode;
  readonly pageColors: PageColors;
  readonly notes: readonly Note[];
}

/** How mentions are shown: underlined, underlined under the pointer, or not at all. */
export type MentionMode = "quiet" | "hover" | "off";

/** Whether pages are as they were printed in every theme, or dark in a dark one. */
export type PageColors = "never" | "dark";

/** What is done in a paper from outside its page. */
const paperActions = [
  "back",
  "forward",
  "rotate-right",
  "rotate-left",
  "two-pages",
  "find",
  "components",
  "outline",
  "pages",
  "notes",
  "highlight",
  "note",
] as const;
export type PaperAction = (typeof paperActions)[number];

/** Where the reader was, in PDF units. */
export interface PaperView {
  readonly page: number;
  readonly left: number;
  readonly top: number;
  readonly scale: string;
  /** Degrees clockwise: 0, 90, 180 or 270. */
  readonly rotation: number;
  readonly twoPages: boolean;
}

/** The same, with the editor that it was seen in: several may show one paper. */
export interface KeptView extends PaperView {
  readonly editor: string;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const keptViewSchema = v.object({
  page: count,
  left: v.number(),
  top: v.number(),
  scale: v.pipe(v.string(), v.maxLength(40)),
  rotation: v.optional(v.picklist([0, 90, 180, 270]), 0),
  twoPages: v.optional(v.boolean(), false),
  editor: v.optional(v.pipe(v.string(), v.maxLength(40)), ""),
});
const text = v.pipe(v.string(), v.maxLength(2_000));

export const paperHostSchemas: ArgumentSchemas<PaperHost> = {
  ...paperContextHostSchemas,
  ready: v.tuple([]),
  openComponent: v.tuple([text]),
  linked: v.tuple([v.object({ pages: count, pagesLinked: count })]),
  openExternal: v.tuple([text]),
  failed: v.tuple([
    v.object({ kind: v.picklist(["not-pdf", "encrypted", "broken", "empty", "no-text"]), message: text }),
  ]),
  saveView: v.tuple([keptViewSchema]),
  putNote: v.tuple([noteSchema]),
  removeNote: v.tuple([text]),
  exportNotes: v.tuple([]),
  openExternally: v.tuple([]),
  report: v.tuple([v.object({ message: v.string(), stack: v.string() })]),
};

const document = v.custom<PaperDocument>(
  value => typeof value === "object" && value !== null && "bytes" in value,
);

export const paperPageSchemas: ArgumentSchemas<PaperPage> = {
  ...paperContextPageSchemas,
  setZoom: v.tuple([v.picklist(["in", "out", "page-width", "page-fit", "actual"])]),
  setMentions: v.tuple([v.picklist(["quiet", "hover", "off"])]),
  setPageColors: v.tuple([v.picklist(["never", "dark"])]),
  setNotes: v.tuple([v.array(noteSchema)]),
  act: v.tuple([v.picklist(paperActions)]),
  reload: v.tuple([document]),
};
