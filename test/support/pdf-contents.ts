import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fixturesDirectory } from "./paths.ts";
import { line, pdfFile, stream } from "./pdf-file.ts";

/** An image of 16 × 16 pixels, whose quarters differ, at 80 × 80 points on a page of 300 × 200. */
export function imageFile(name: string, entries: string): Buffer {
  const image = readFileSync(join(fixturesDirectory("paper"), name)).toString("latin1");
  return pdfFile([`${line("A picture", 20, 20)} q 80 0 0 80 100 60 cm /I Do Q`], "/XObject << /I 6 0 R >>", {
    objects: [stream(image, `/Type /XObject /Subtype /Image /Width 16 /Height 16 ${entries}`)],
  });
}

/** Korean in a font that the file does not hold, in an encoding that it only names. */
export const KOREAN = pdfFile(["BT /K 24 Tf 20 100 Td <BEEEC5D9BCC7> Tj ET"], "", {
  fonts: "/K 6 0 R",
  objects: [
    "<< /Type /Font /Subtype /Type0 /BaseFont /HYSMyeongJo-Medium /Encoding /KSCms-UHC-H /DescendantFonts [7 0 R] >>",
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HYSMyeongJo-Medium /CIDSystemInfo << /Registry (Adobe) /Ordering (Korea1) /Supplement 1 >> /DW 1000 /FontDescriptor 8 0 R >>",
    "<< /Type /FontDescriptor /FontName /HYSMyeongJo-Medium /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 850 /Descent -150 /CapHeight 800 /StemV 80 >>",
  ],
});

/** Such an image as JPEG 2000, whose upper left quarter is red. */
export const JPEG_2000 = imageFile("quarters.jp2", "/Filter /JPXDecode");
