import { t } from "./l10n.ts";

/** Why a file cannot be read as a paper. */
export type PaperFailureKind = "not-pdf" | "encrypted" | "broken" | "empty" | "no-text";

/** A file that cannot be read as a paper; the message names the file, the reason and the next step. */
export class PaperFailure extends Error {
  readonly kind: PaperFailureKind;

  constructor(kind: PaperFailureKind, message: string) {
    super(message);
    this.name = "PaperFailure";
    this.kind = kind;
  }
}

/** Larger files are not opened, bytes: a paper is held in memory on both sides. */
export const LARGEST_PAPER = 512 * 2 ** 20;

/** A PDF may begin with other bytes, but its header stands within the first 1,024 (PDF 32000-1, annex H.3.4.1). */
const HEADER_WITHIN = 1024;

/**
 * Checks that bytes are a PDF before they are parsed: pdf.js would look for pages in anything.
 *
 * @throws PaperFailure for an empty file and for one without a PDF's header.
 */
export function checkHeader(name: string, bytes: Uint8Array): void {
  if (bytes.length === 0) {
    throw new PaperFailure("empty", t("{0} is empty: it holds no bytes. Download or save it again.", name));
  }
  const head = String.fromCharCode(...bytes.subarray(0, HEADER_WITHIN));
  if (!head.includes("%PDF-")) {
    throw new PaperFailure(
      "not-pdf",
      t("{0} is not a PDF: it does not begin with %PDF. Open a PDF file.", name),
    );
  }
}

/** What pdf.js threw while it read a file, as a failure that says what to do. */
export function paperFailure(name: string, error: unknown): PaperFailure {
  if (error instanceof PaperFailure) return error;
  const { name: kind, message } = error instanceof Error ? error : { name: "", message: String(error) };
  if (kind === "PasswordException") {
    return new PaperFailure(
      "encrypted",
      t("{0} is encrypted and needs a password. Save a copy without one and open that.", name),
    );
  }
  return new PaperFailure(
    "broken",
    t(
      "{0} is damaged and cannot be read ({1}). Download or save it again.",
      name,
      message.replace(/\.$/, ""),
    ),
  );
}

/** An encrypted PDF whose password was not given. */
export function passwordRefused(name: string): PaperFailure {
  return new PaperFailure(
    "encrypted",
    t("{0} is encrypted and stays closed without its password. Open it again to enter one.", name),
  );
}

/** A PDF that keeps its reader busy without an end. */
export function stuck(name: string, seconds: number): PaperFailure {
  return new PaperFailure(
    "broken",
    t(
      "{0} kept the PDF reader busy for {1} s without a result and was given up. Download or save it again.",
      name,
      seconds,
    ),
  );
}

/** A PDF that has no pages. */
export function withoutPages(name: string): PaperFailure {
  return new PaperFailure("empty", t("{0} has no pages. Download or save it again.", name));
}

/** A PDF whose pages hold pictures alone. */
export function withoutText(name: string): PaperFailure {
  return new PaperFailure(
    "no-text",
    t(
      "{0} holds no text, only pictures of it, so there is nothing to link. Run text recognition (OCR) on it first.",
      name,
    ),
  );
}
