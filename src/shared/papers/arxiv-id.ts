/** An arXiv id, the first group without its version: as since April 2007, or the older ones with their archive. */
export const ARXIV_ID = String.raw`(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?`;
