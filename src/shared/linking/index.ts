export { bibliography } from "./bibliography.ts";
export { type Definition, definingSentence } from "./definition.ts";
export type { Mention } from "./mention.ts";
export { type Fragment, fragments, type PageText, pageText, type TextItem } from "./page-text.ts";
export { linkPython, type SourceMention } from "./python.ts";
export { componentOfClass, componentOfName } from "./python-names.ts";
export { type FontExtent, type Quad, quadsOf } from "./quads.ts";
export { type Section, sectionsOf } from "./sections.ts";
export { linkDocument, linkText } from "./text.ts";
