import { signal } from "@preact/signals";
import type { PaperFailureKind } from "../../shared/paper-failure.ts";
import type { PaperLinks, PlacedMention } from "./links.ts";

/** How mentions are shown: underlined, underlined under the pointer, or not at all. */
export type MentionMode = "quiet" | "hover" | "off";

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
/** Whether the list of the paper's components is beside it. */
export const contents = signal(false);

/** The card of a mention. */
export interface Card {
  readonly mention: PlacedMention;
  /** The line that it must not cover, in client pixels. */
  readonly line: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}
