export {
  type ArxivId,
  arxivIdAt,
  arxivIdOf,
  arxivName,
  formatArxivId,
  isVersionOf,
  type ParsedArxivId,
  parseArxivId,
} from "./arxiv-id.ts";
export { type Citation, citationsIn } from "./citations.ts";
export { paperFileName } from "./file-name.ts";
export { arxivIdOfFile, identityOf, type PaperIdentity } from "./identity.ts";
export {
  type IndexedMention,
  type IndexedPaper,
  type IndexedSentence,
  indexedPaperSchema,
} from "./indexed-paper.ts";
export {
  type ChoosableModel,
  closestModel,
  cuesOf,
  kindOfConfig,
  kindOfPaper,
  type ModelChoice,
  type ModelKind,
  type PaperCues,
  type PaperKind,
} from "./model-kinds.ts";
