import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pageText, quadsOf } from "../../../src/shared/linking/index.ts";
import { notesName } from "../../../src/shared/notes/file-name.ts";
import type { PaperView } from "../../../src/shared/protocol/paper.ts";
import { turned } from "../../../src/webviews/paper/box.ts";
import { colorMatrix, picturesOf } from "../../../src/webviews/paper/dark-page.ts";
import { lineOf } from "../../../src/webviews/paper/destination.ts";
import { ReadingHistory } from "../../../src/webviews/paper/history.ts";
import type { PaperLinks } from "../../../src/webviews/paper/links.ts";
import { outlineOf } from "../../../src/webviews/paper/outline.ts";
import * as store from "../../../src/webviews/paper/store.ts";

describe("where a link of a paper leads", () => {
  const line = (words: string, x: number, y: number) => ({
    str: words,
    dir: "ltr",
    width: 5 * words.length,
    height: 10,
    transform: [10, 0, 0, 10, x, y],
    fontName: "f",
    hasEOL: true,
  });
  const text = pageText([
    line("Introduction", 100, 700),
    line("[1] A. Author. First entry.", 100, 680),
    line("Its second line.", 112, 668),
    line("[2] B. Author. Other entry.", 100, 650),
    line("Another column.", 330, 672),
  ]);
  const links = {
    texts: [text],
    place: (page: number, start: number, end: number) => {
      const [quad] = quadsOf(text, start, end, {});
      const boxes = quad ? [{ left: 0, top: 0, width: 1, height: 1 }] : [];
      return { page: page + 1, boxes, corner: [quad?.[6] ?? 0, quad?.[7] ?? 0], words: wordsOf(start, end) };
    },
  } as unknown as PaperLinks;
  const wordsOf = (start: number, end: number) => Array.from(text.text).slice(start, end).join("");
  const wordsAt = (...destination: unknown[]) =>
    (lineOf(links, 1, [null, ...destination]) as { words?: string } | null)?.words ?? null;

  it("is the line that begins below its destination, in the same column", () => {
    assert.equal(wordsAt({ name: "XYZ" }, 100, 692, null), "[1] A. Author. First entry.");
    assert.equal(wordsAt({ name: "XYZ" }, 100, 662, 0), "[2] B. Author. Other entry.");
    assert.equal(wordsAt({ name: "XYZ" }, 330, 684, null), "Another column.");
    assert.equal(wordsAt({ name: "FitH" }, 712), "Introduction");
  });

  it("is nothing where no text begins, where no height is named, or before the page was read", () => {
    assert.equal(wordsAt({ name: "XYZ" }, 100, 500, null), null);
    assert.equal(wordsAt({ name: "XYZ" }, null, null, null), null);
    assert.equal(wordsAt({ name: "Fit" }), null);
    assert.equal(lineOf(links, 2, [null, { name: "XYZ" }, 100, 692, null]), null);
    assert.equal(lineOf(null, 1, [null, { name: "XYZ" }, 100, 692, null]), null);
  });
});

describe("the way back through a paper", () => {
  const at = (page: number): PaperView => ({
    page,
    left: 0,
    top: 700,
    scale: "1",
    rotation: 0,
    twoPages: false,
  });

  it("leads to where a link was followed, and forward again", () => {
    let here = at(1);
    const led: [number, readonly unknown[]][] = [];
    const history = new ReadingHistory(
      () => here,
      view => {
        here = view;
      },
      (page, destination) => led.push([page, destination]),
    );
    for (const page of [5, 9]) {
      history.leave();
      here = at(page);
      history.push({ pageNumber: page, explicitDest: [null, { name: "XYZ" }, 100, 700 - page, 0] });
    }
    assert.deepEqual(led[1], [9, [null, { name: "XYZ" }, 100, 691, 0]]);
    history.back();
    assert.equal(here.page, 5);
    history.back();
    assert.equal(here.page, 1);
    assert.deepEqual(store.history.value, { back: false, forward: true });
    history.back();
    assert.equal(here.page, 1);
    history.forward();
    assert.equal(here.page, 5);
    history.leave();
    here = at(3);
    assert.deepEqual(store.history.value, { back: true, forward: false });
    history.back();
    assert.equal(here.page, 5);
    history.clear();
    assert.deepEqual(store.history.value, { back: false, forward: false });
  });
});

describe("a page in dark colours", () => {
  it("takes white to the background, black to the text, and keeps grey between them", () => {
    const matrix = colorMatrix([0.1, 0.1, 0.12], [0.8, 0.9, 1]);
    const through = (color: readonly number[]) =>
      [0, 1, 2].map(row => {
        const [r, g, b, , offset] = matrix.slice(5 * row, 5 * row + 5) as [
          number,
          number,
          number,
          number,
          number,
        ];
        return r * color[0]! + g * color[1]! + b * color[2]! + offset;
      });
    const near = (actual: number[], expected: number[]) =>
      assert.ok(
        actual.every((value, index) => Math.abs(value - expected[index]!) < 0.005),
        String(actual),
      );
    near(through([1, 1, 1]), [0.1, 0.1, 0.12]);
    near(through([0, 0, 0]), [0.8, 0.9, 1]);
    near(through([0.5, 0.5, 0.5]), [0.45, 0.5, 0.56]);
    // Red stays the strongest of a red's three parts.
    const [red, green, blue] = through([0.9, 0.1, 0.1]) as [number, number, number];
    assert.ok(red > green && red > blue, `${red} ${green} ${blue}`);
  });

  it("leaves pictures out, but neither scans nor ornaments nor pictures within pictures", () => {
    const box = (left: number, top: number, right: number, bottom: number) => [
      left,
      top,
      left,
      bottom,
      right,
      top,
    ];
    const found = picturesOf([
      ...box(0, 0, 1, 1),
      ...box(0.5, 0.5, 0.502, 0.502),
      ...box(0.1, 0.2, 0.4, 0.5),
      ...box(0.2, 0.3, 0.3, 0.4),
      ...box(0.1, 0.2, 0.4, 0.5),
    ]);
    assert.deepEqual(found, [[0.1, 0.2, 0.4, 0.5]]);
  });
});

it("a box of a turned page is where the page then shows it", () => {
  const box = { left: 0.1, top: 0.2, width: 0.3, height: 0.05 };
  const near = (rotation: number, expected: readonly number[]) => {
    const { left, top, width, height } = turned(box, rotation);
    const off = [left, top, width, height].map((value, index) => Math.abs(value - expected[index]!));
    assert.ok(Math.max(...off) < 1e-9, `${rotation}: ${left} ${top} ${width} ${height}`);
  };
  near(0, [0.1, 0.2, 0.3, 0.05]);
  near(90, [0.75, 0.1, 0.05, 0.3]);
  near(180, [0.6, 0.75, 0.3, 0.05]);
  near(270, [0.2, 0.6, 0.05, 0.3]);
});

it("an outline is one list in the order of the paper, with its depths and where each entry leads", async () => {
  const entry = (title: string, rest: object = {}) => ({ title, dest: null, url: null, items: [], ...rest });
  const pdf = {
    getOutline: async () => [
      entry("1  Introduction", { dest: "intro", items: [entry("1.1 Aim", { dest: [3] })] }),
      entry("Code", { url: "https://example.org" }),
      entry("Nowhere"),
    ],
  };
  const items = await outlineOf(pdf as never);
  assert.deepEqual(
    items.map(({ title, depth, target }) => [title, depth, target?.kind ?? null]),
    [
      ["1 Introduction", 0, "destination"],
      ["1.1 Aim", 1, "destination"],
      ["Code", 0, "address"],
      ["Nowhere", 0, null],
    ],
  );
});

it("versions of one arXiv paper share their notes; other files have their own", () => {
  assert.equal(notesName("1706.03762v5.pdf"), "1706.03762.notes.json");
  assert.equal(notesName("1706.03762.PDF"), "1706.03762.notes.json");
  assert.equal(notesName("attention-1706.03762v7.pdf"), "attention-1706.03762.notes.json");
  assert.equal(notesName("cs0112017v2.pdf"), "cs0112017.notes.json");
  assert.equal(notesName("thesis-v2.pdf"), "thesis-v2.notes.json");
});
