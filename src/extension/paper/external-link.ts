/** A link of a paper: opened in a browser, or only shown. */
export interface ExternalLink {
  readonly url: string;
  readonly opens: boolean;
}

/** Only http and https lead out of the editor; anything else in a file of unknown origin may run something. */
export function externalLink(text: string): ExternalLink {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:"))
    return { url: url.href, opens: true };
  return { url: text.length > 200 ? `${text.slice(0, 200)}…` : text, opens: false };
}
