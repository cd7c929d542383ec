import type { Bundle } from "../l10n.ts";

/** Id of the `<script type="application/json">` that holds a page's boot data. */
export const BOOT_ELEMENT = "papertrace-boot";

/** What a page is given with its HTML, before any message. */
export interface Boot {
  /** BCP 47 tag of the UI's language. */
  readonly language: string;
  readonly bundle: Bundle;
  /** Address of pdfjs-dist's folder, ending in "/"; null for pages that show no paper. */
  readonly pdfjs: string | null;
}
