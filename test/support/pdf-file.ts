/** What a PDF may hold beyond its pages' contents, as PDF writes it. */
export interface PdfParts {
  /** Further objects; the first has the number 4 + 2 · pages, 6 in a PDF of one page. */
  readonly objects?: readonly string[];
  /** Further fonts, by name. */
  readonly fonts?: string;
  /** Further entries of the first page's dictionary. */
  readonly firstPage?: string;
  /** Further entries of the catalogue. */
  readonly catalogue?: string;
  /** Of each page, PDF points. */
  readonly size?: readonly [width: number, height: number];
}

/** A PDF made by hand: one content stream per page, in Helvetica 12 (`/F1`), with further page resources if any. */
export function pdfFile(contents: readonly string[], resources = "", parts: PdfParts = {}): Buffer {
  const { objects: others = [], fonts = "", firstPage = "", catalogue = "", size = [300, 200] } = parts;
  const pageIds = contents.map((_, index) => 4 + 2 * index);
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`,
    `<< /Type /Pages /Count ${contents.length} /Kids [${pageIds.map(id => `${id} 0 R`).join(" ")}] >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${size[0]} ${size[1]}] /Contents ${pageIds[index]! + 1} 0 R /Resources << /Font << /F1 3 0 R ${fonts} >> ${resources} >> ${index === 0 ? firstPage : ""} >>`,
      stream(content),
    ]),
    ...others,
  ];
  let file = "%PDF-1.7\n";
  const offsets = objects.map((object, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const offset of offsets) file += `${String(offset).padStart(10, "0")} 00000 n \n`;
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(file, "latin1");
}

/** A stream object; its bytes are the characters' codes. */
export function stream(content: string, entries = ""): string {
  return `<< /Length ${content.length} ${entries} >>\nstream\n${content}\nendstream`;
}

/** A content stream that sets one line. */
export function line(text: string, x = 20, y = 100): string {
  return `BT /F1 12 Tf ${x} ${y} Td (${text}) Tj ET`;
}

/** A content stream that paints a picture and no text. */
export const picture = "q 200 0 0 100 20 20 cm BI /W 2 /H 2 /CS /G /BPC 8 ID \x00\x40\x80\xff EI Q";
