// The viewer's module takes pdf.js from the global that the library's module sets, so that the order matters.
import * as library from "pdfjs-dist";
import * as viewer from "pdfjs-dist/web/pdf_viewer.mjs";

export const {
  AnnotationMode,
  GlobalWorkerOptions,
  getDocument,
  PasswordResponses,
  RenderingCancelledException,
  VerbosityLevel,
} = library;
export const {
  EventBus,
  LinkTarget,
  PDFFindController,
  PDFLinkService,
  PDFViewer,
  RenderingStates,
  SpreadMode,
} = viewer;
export type { PDFDocumentLoadingTask, PDFDocumentProxy, PDFPageProxy } from "pdfjs-dist";
