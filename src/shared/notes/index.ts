export { type Anchor, PassageFinder, type Span } from "./anchor.ts";
export { notesName } from "./file-name.ts";
export { notesAsMarkdown } from "./markdown.ts";
export { type Note, noteSchema, readNotes, sorted, type TextQuote, writeNotes } from "./note.ts";
