import * as v from "valibot";
import type { ArgumentSchemas } from "../channel.ts";

/** What the extension host offers to a paper page. */
export interface PaperHost {
  /** The page is up; answers with what to open. */
  ready(): Promise<PaperDocument>;
  /** A mention was clicked: open its panel beside the paper. */
  openComponent(request: { component: string; surface: string; page: number }): void;
  /** Pages and mentions as linking goes on, for "Find in paper" and the status. */
  linked(progress: { pages: number; pagesLinked: number; components: Record<string, number> }): void;
  /** An external link; only http and https are opened. */
  openExternal(url: string): void;
  /** The file cannot be read as a paper: a sentence is shown in the page and logged. */
  failed(reason: { kind: "not-pdf" | "encrypted" | "broken" | "empty" | "no-text"; message: string }): void;
  saveView(view: PaperView): void;
  report(error: { message: string; stack: string }): void;
}

/** What a paper page offers to the extension host. */
export interface PaperPage {
  /** Scrolls to the first mention of a component and flashes it; false if there is none. */
  reveal(component: string): Promise<boolean>;
  setZoom(zoom: "in" | "out" | "page-width" | "page-fit" | "actual"): void;
  setMentions(mode: "quiet" | "hover" | "off"): void;
  /** The file changed on disk. */
  reload(document: PaperDocument): void;
}

export interface PaperDocument {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly view: PaperView | null;
  readonly mentions: "quiet" | "hover" | "off";
}

/** Where the reader was, in PDF units. */
export interface PaperView {
  readonly page: number;
  readonly left: number;
  readonly top: number;
  readonly scale: string;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const paperViewSchema = v.object({
  page: count,
  left: v.number(),
  top: v.number(),
  scale: v.pipe(v.string(), v.maxLength(40)),
});
const text = v.pipe(v.string(), v.maxLength(2_000));

export const paperHostSchemas: ArgumentSchemas<PaperHost> = {
  ready: v.tuple([]),
  openComponent: v.tuple([v.object({ component: text, surface: text, page: count })]),
  linked: v.tuple([v.object({ pages: count, pagesLinked: count, components: v.record(v.string(), count) })]),
  openExternal: v.tuple([text]),
  failed: v.tuple([
    v.object({ kind: v.picklist(["not-pdf", "encrypted", "broken", "empty", "no-text"]), message: text }),
  ]),
  saveView: v.tuple([paperViewSchema]),
  report: v.tuple([v.object({ message: v.string(), stack: v.string() })]),
};

const document = v.custom<PaperDocument>(
  value => typeof value === "object" && value !== null && "bytes" in value,
);

export const paperPageSchemas: ArgumentSchemas<PaperPage> = {
  reveal: v.tuple([v.string()]),
  setZoom: v.tuple([v.picklist(["in", "out", "page-width", "page-fit", "actual"])]),
  setMentions: v.tuple([v.picklist(["quiet", "hover", "off"])]),
  reload: v.tuple([document]),
};
