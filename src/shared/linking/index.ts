// The mentions of components in papers. What reads Python stands in python.ts, apart: a page that shows a paper needs no parser.
export { bibliography } from "./bibliography.ts";
export { type CopiedLine, copiedText } from "./copied-text.ts";
export { type Definition, definingSentence } from "./definition.ts";
export { type Equation, equationsIn, type SymbolPlace } from "./equations.ts";
export type { Mention } from "./mention.ts";
export { type Fragment, fragments, type PageText, pageText, type TextItem } from "./page-text.ts";
export { componentOfClass, componentOfName } from "./python-names.ts";
export { type FontExtent, type Quad, quadsOf } from "./quads.ts";
export { type Section, sectionsOf } from "./sections.ts";
export { quoted, type Sentence, sentenceAround } from "./sentence.ts";
export { bestPlaces, type SourcePlace, sourcePlaces } from "./source-places.ts";
export { type KnownPages, linkDocument, linkInSteps, linkText } from "./text.ts";
