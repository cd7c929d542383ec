import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { PaperPage } from "../support/paper-page.ts";
import { imageFile, JPEG_2000, KOREAN } from "../support/pdf-contents.ts";
import { line, pdfFile } from "../support/pdf-file.ts";
import { seriousFaults } from "./support/accessibility.ts";
import { until } from "./support/panel.ts";

type Color = readonly [red: number, green: number, blue: number];

/** Of a page by hand, PDF points. */
const PAGE = [300, 200] as const;
const TALL_PAGE = [300, 400] as const;
const WHITE = [255, 255, 255] as const;
const BLACK = [0, 0, 0] as const;

/** Signs of a symbol font that the file does not hold: ∀ and ∃. */
const SYMBOLS = pdfFile(["BT /S 24 Tf 20 100 Td <2224> Tj ET"], "", {
  fonts: "/S 6 0 R",
  objects: ["<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"],
});

/** What readers and programs add to a page. */
const ANNOTATED = pdfFile(
  [
    [line("A highlighted phrase", 20, 170), line("a link, a link to page 2, and some more", 20, 140)].join(
      " ",
    ),
    line("Here the second page begins.", 20, 170),
  ],
  "",
  {
    size: TALL_PAGE,
    catalogue: `/AcroForm << /Fields [11 0 R 12 0 R] /DR << /Font << /Helv 3 0 R >> >> /DA (/Helv 10 Tf 0 g) >>
      /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>`,
    firstPage: "/Annots [8 0 R 9 0 R 10 0 R 11 0 R 12 0 R 13 0 R 14 0 R 15 0 R]",
    objects: [
      "<< /Type /Annot /Subtype /Highlight /Rect [18 164 140 184] /QuadPoints [18 184 140 184 18 164 140 164] /C [1 0.9 0] /Contents (Why this one?) /T (A. Reader) /F 4 >>",
      "<< /Type /Annot /Subtype /Text /Rect [260 160 280 180] /Name /Note /Contents (<b>Look</b> here) /T (A. Reader) /C [1 1 0] /F 4 >>",
      "<< /Type /Annot /Subtype /Link /Rect [20 136 50 152] /Border [0 0 0] /A << /S /URI /URI (https://example.org/paper) >> >>",
      "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ada Lovelace) /Rect [20 90 140 110] /DA (/Helv 10 Tf 0 g) /F 4 /MK << /BC [0 0 0] >> /AA << /K << /S /JavaScript /JS (app.alert\\(1\\)) >> >> >>",
      "<< /Type /Annot /Subtype /Widget /FT /Btn /T (agreed) /V /Off /AS /Off /Rect [160 90 180 110] /F 4 /MK << /BC [0 0 0] >> >>",
      "<< /Type /Annot /Subtype /Link /Rect [60 136 150 152] /Border [0 0 0] /Dest [6 0 R /XYZ 0 180 null] >>",
      "<< /Type /Annot /Subtype /Link /Rect [20 40 60 60] /Border [0 0 0] /A << /S /JavaScript /JS (app.alert\\(1\\)) >> >>",
      "<< /Type /Annot /Subtype /Link /Rect [80 40 120 60] /Border [0 0 0] /A << /S /Launch /F (calc.exe) >> >>",
    ],
  },
);

/** A page of two columns, the left one first, as typesetting systems write it. */
const COLUMNS = pdfFile([
  [
    ["Attention relates every token", 20, 160],
    ["to every other one. Its atten-", 20, 150],
    ["tion weights say how much of", 20, 140],
    ["each value is taken, and a sen-", 20, 130],
    ["tence goes on at the top of the", 160, 160],
    ["next column, as it often does.", 160, 150],
    ["Another paragraph begins at an", 168, 140],
    ["indent; nothing of it is copied.", 160, 130],
  ]
    .map(([text, x, y]) => `BT /F1 8 Tf ${x} ${y} Td (${text}) Tj ET`)
    .join("\n"),
]);

describe("what a PDF may hold", { timeout: 240_000 }, () => {
  let paper: PaperPage;

  before(async () => {
    paper = await PaperPage.open("paper.pdf", pdfFile([line("Hello")]));
  });
  after(async () => {
    await paper?.close();
  });

  const show = async (name: string, bytes: Uint8Array) => {
    assert.deepEqual(await paper.show(name, bytes), { outcome: "read", says: "" });
    await paper.page.locator(".page[data-loaded] .textLayer span").first().waitFor({ state: "attached" });
  };
  /** The colour of a page at a point, PDF points from its lower left corner. */
  const color = (x: number, y: number, [width, height]: readonly [number, number]): Promise<Color> =>
    paper.page
      .locator(".page[data-page-number='1'] canvas")
      .first()
      .evaluate(
        (canvas: HTMLCanvasElement, [x, y]) => {
          const at = canvas.getContext("2d")!.getImageData(x! * canvas.width, y! * canvas.height, 1, 1).data;
          return [at[0]!, at[1]!, at[2]!] as const;
        },
        [x / width, 1 - y / height],
      );
  const painted = async (x: number, y: number, expected: Color, size: readonly [number, number] = PAGE) => {
    const found = await color(x, y, size);
    const near = found.every((channel, index) => Math.abs(channel - expected[index]!) <= 6);
    assert.ok(near, `(${x}, ${y}) is ${found}, not ${expected}`);
  };

  it("paints JPEG 2000 images in their colours", async () => {
    await show("jpx.pdf", JPEG_2000);
    await painted(120, 120, [220, 40, 30]);
    await painted(160, 120, [30, 160, 60]);
    await painted(120, 80, [30, 60, 200]);
    await painted(160, 80, [250, 210, 40]);
    await painted(250, 120, WHITE);
  });

  it("paints JBIG2 images in black and white", async () => {
    const entries = "/Filter /JBIG2Decode /ColorSpace /DeviceGray /BitsPerComponent 1";
    await show("jbig2.pdf", imageFile("quarters.jbig2", entries));
    await painted(120, 120, BLACK);
    await painted(160, 120, WHITE);
    await painted(120, 80, WHITE);
    await painted(160, 80, BLACK);
  });

  it("reads and paints Korean in a font that the file only names", async () => {
    await show("korean.pdf", KOREAN);
    assert.equal(await paper.page.locator(".textLayer").first().innerText(), "어텐션");
    assert.ok((await ink(20, 96, 72, 24)) > 0.05);
  });

  it("paints the signs of a symbol font that the file does not hold", async () => {
    await show("symbols.pdf", SYMBOLS);
    assert.equal(await paper.page.locator(".textLayer").first().innerText(), "∀∃");
    assert.ok((await ink(20, 96, 36, 24)) > 0.05);
  });

  describe("of annotations", () => {
    const popup = () => paper.page.locator(".popupAnnotation:not([hidden])");
    const number = () => paper.page.getByRole("textbox", { name: "Page" }).inputValue();

    before(async () => {
      await show("annotated.pdf", ANNOTATED);
      await paper.page.locator(".annotationLayer section").first().waitFor();
    });

    it("shows highlights, with what was written about them", async () => {
      await painted(136, 180, [255, 230, 0], TALL_PAGE);
      const highlight = paper.page.getByRole("button", { name: "A highlighted phrase" });
      await highlight.hover();
      assert.match(await popup().innerText(), /A\. Reader\s+Why this one\?/);
      await paper.page.mouse.move(5, 500);
      await until(async () => (await popup().count()) === 0, "the popup is gone");
    });

    it("opens notes by the keyboard too, as text and in sight", async () => {
      const note = paper.page.getByRole("button", { name: "Note in the paper" });
      await note.focus();
      await paper.page.keyboard.press("Enter");
      assert.match(await popup().innerText(), /<b>Look<\/b> here/);
      const [box, pages] = [
        (await popup().boundingBox())!,
        (await paper.page.locator(".pages").boundingBox())!,
      ];
      assert.ok(box.x >= pages.x && box.x + box.width <= pages.x + pages.width, JSON.stringify(box));
      await paper.page.keyboard.press("Enter");
      await until(async () => (await popup().count()) === 0, "the popup is gone");
    });

    it("keeps nobody out, as far as a checker can tell", async () => {
      assert.deepEqual(await seriousFaults(paper.page), []);
    });

    it("shows form fields filled in and takes no input", async () => {
      const layer = paper.page.locator(".annotationLayer").first();
      assert.equal(await layer.locator(".textWidgetAnnotation").innerText(), "Ada Lovelace");
      assert.equal(await layer.locator("input, textarea, select, button").count(), 0);
    });

    it("keeps the words of fields readable on dark pages, and popups like the reader's cards", async () => {
      const field = paper.page.locator(".textWidgetAnnotation > div").first();
      const filter = () => field.evaluate(element => getComputedStyle(element).filter);
      assert.equal(await filter(), "none");
      await paper.does.setPageColors("dark");
      await until(async () => /#page-colors/.test(await filter()), "black words are recoloured");
      await paper.page.getByRole("button", { name: "Note in the paper" }).click();
      assert.equal(await popup().locator(".popup").getAttribute("style"), "outline-color: rgb(255, 255, 0);");
      await paper.does.setPageColors("never");
      await until(async () => (await filter()) === "none", "pages as printed again");
    });

    it("follows links within the paper, and back", async () => {
      await paper.page.locator(".annotationLayer a[href^='#']").click();
      await until(async () => (await number()) === "2", "the link's page");
      await paper.page.getByRole("button", { name: "Back", exact: true }).click();
      await until(async () => (await number()) === "1", "back on page 1");
    });

    it("hands web addresses to the host, and leaves scripts and programs alone", async () => {
      await paper.page.locator(".annotationLayer a[href^='https']").click();
      await until(async () => paper.told.links.length > 0, "the host was told");
      assert.deepEqual(paper.told.links, ["https://example.org/paper"]);
      // The web's link, the link within the paper, and nothing of JavaScript and Launch.
      assert.equal(await paper.page.locator(".annotationLayer a[href]").count(), 2);
      assert.deepEqual(paper.told.errors, []);
    });
  });

  it("copies a paragraph of two columns as one line of whole words", async () => {
    await show("columns.pdf", COLUMNS);
    const span = (text: string) => paper.page.locator(".textLayer span", { hasText: text });
    const from = (await span("to every other one").boundingBox())!;
    const to = (await span("next column").boundingBox())!;
    await paper.page.mouse.move(from.x + 1, from.y + from.height / 2);
    await paper.page.mouse.down();
    await paper.page.mouse.move(to.x + to.width - 1, to.y + to.height / 2, { steps: 12 });
    await paper.page.mouse.up();
    await paper.page.keyboard.press("Control+C");
    assert.equal(
      await paper.page.evaluate(() => navigator.clipboard.readText()),
      "to every other one. Its attention weights say how much of each value is taken, and a sentence goes on at the top of the next column, as it often does.",
    );
  });

  /** The share of a rectangle of the page that is dark, PDF points. */
  const ink = (x: number, y: number, width: number, height: number): Promise<number> =>
    paper.page
      .locator(".page[data-page-number='1'] canvas")
      .first()
      .evaluate(
        (canvas: HTMLCanvasElement, box) => {
          const [left, top, across, down] = box as [number, number, number, number];
          const { data } = canvas
            .getContext("2d")!
            .getImageData(
              left * canvas.width,
              top * canvas.height,
              across * canvas.width,
              down * canvas.height,
            );
          let dark = 0;
          for (let at = 0; at < data.length; at += 4) if (data[at]! < 128) dark += 1;
          return (4 * dark) / data.length;
        },
        [x / 300, 1 - (y + height) / 200, width / 300, height / 200],
      );
});
