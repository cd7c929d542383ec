export { type Citation, citationsIn } from "./citations.ts";
export { identityOf, type PaperIdentity } from "./identity.ts";
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
