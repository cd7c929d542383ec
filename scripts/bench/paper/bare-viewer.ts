/** pdf.js' viewer with nothing around it, as its own examples set it up. */
import { GlobalWorkerOptions, getDocument } from "pdfjs-dist";
import { EventBus, PDFLinkService, PDFViewer } from "pdfjs-dist/web/pdf_viewer.mjs";
import "pdfjs-dist/web/pdf_viewer.css";

GlobalWorkerOptions.workerSrc = "pdfjs/build/pdf.worker.min.mjs";
const task = getDocument({
  url: "paper.pdf",
  cMapUrl: "pdfjs/cmaps/",
  standardFontDataUrl: "pdfjs/standard_fonts/",
  wasmUrl: "pdfjs/wasm/",
  iccUrl: "pdfjs/iccs/",
  // The server answers with the whole file, as the disk does.
  disableRange: true,
  disableStream: true,
});

const container = document.querySelector<HTMLDivElement>(".pages")!;
const eventBus = new EventBus();
const linkService = new PDFLinkService({ eventBus });
const viewer = new PDFViewer({ container, eventBus, linkService, removePageBorders: true });
linkService.setViewer(viewer);
eventBus.on("pagesinit", () => {
  viewer.currentScaleValue = "page-width";
});
const pdf = await task.promise;
viewer.setDocument(pdf);
linkService.setDocument(pdf, null);
