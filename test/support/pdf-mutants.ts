import { seeded } from "./graphs.ts";

/** A PDF with one to four changes. */
export interface PdfMutant {
  readonly bytes: Buffer;
  /** What was done to it. */
  readonly changes: readonly string[];
}

type Random = () => number;
type Change = readonly [name: string, (file: Buffer, random: Random) => Buffer];

/** The same number always gives the same mutant of the same file. */
export function pdfMutant(number: number, original: Buffer): PdfMutant {
  const random = seeded(104_729 * (number + 1));
  const count = 1 + Math.floor(random() * 4);
  let bytes = original;
  const changes: string[] = [];
  for (let at = 0; at < count; at++) {
    const [name, change] = CHANGES[Math.floor(random() * CHANGES.length)]!;
    bytes = change(bytes, random);
    changes.push(name);
  }
  return { bytes, changes };
}

const HUGE = ["99999999999", "-1", "0", "2147483648", "1e308", "NaN", "0.0000001"] as const;

const CHANGES: readonly Change[] = [
  ["cut off", (file, random) => file.subarray(0, Math.floor(file.length * random()))],
  ["the end lost", (file, random) => file.subarray(0, file.length - Math.floor(2_000 * random()))],
  ["the beginning lost", (file, random) => file.subarray(Math.floor(400 * random()))],
  ["bytes changed", flipped(40)],
  ["many bytes changed", flipped(2_000)],
  ["a piece lost", (file, random) => splice(file, random, () => Buffer.alloc(0))],
  ["a piece twice", (file, random) => splice(file, random, piece => Buffer.concat([piece, piece]))],
  ["a piece of zeros", (file, random) => splice(file, random, piece => Buffer.alloc(piece.length))],
  [
    "noise put in",
    (file, random) => {
      const at = Math.floor(file.length * random());
      const noise = Buffer.from(Array.from({ length: 300 }, () => Math.floor(256 * random())));
      return Buffer.concat([file.subarray(0, at), noise, file.subarray(at)]);
    },
  ],
  ["a number out of range", replaced(/(?<=[ [/])\d+(?=[ \]/])/g, (_, random) => pick(HUGE, random))],
  ["another reference", replaced(/\d+ 0 R/g, (_, random) => `${Math.floor(400 * random())} 0 R`)],
  ["every reference to one object", text => replaceAll(text, /\d+ 0 R/g, "2 0 R")],
  ["another name", replaced(/\/[A-Z][A-Za-z]+/g, (_, random) => pick(NAMES, random))],
  ["another length", replaced(/\/Length \d+/g, (_, random) => `/Length ${pick(HUGE, random)}`)],
  ["another filter", replaced(/\/FlateDecode/g, (_, random) => pick(FILTERS, random))],
  ["every stream with another filter", text => replaceAll(text, /\/FlateDecode/g, "/LZWDecode")],
  ["a stream without an end", replaced(/endstream/g, () => "         ")],
  ["an object without an end", replaced(/endobj/g, () => "      ")],
  ["a dictionary left open", replaced(/>>/g, () => "  ")],
  ["an array left open", replaced(/\]/g, () => " ")],
  [
    "a cross-reference astray",
    replaced(/startxref\s+\d+/g, (_, random) => `startxref\n${pick(HUGE, random)}`),
  ],
  ["no trailer", text => replaceAll(text, /trailer|\/Root/g, "       ")],
  ["a page that is its own parent", replaced(/\/Kids\s*\[[^\]]*\]/g, () => "/Kids [2 0 R 2 0 R 3 0 R]")],
  ["a count of pages out of range", replaced(/\/Count \d+/g, (_, random) => `/Count ${pick(HUGE, random)}`)],
  [
    "a page of another size",
    replaced(/\/MediaBox\s*\[[^\]]*\]/g, (_, random) => `/MediaBox [0 0 ${pick(HUGE, random)} 99999]`),
  ],
  ["encryption that is none", replaced(/\/Root/g, () => "/Encrypt 1 0 R /Root")],
];

const NAMES = [
  "/Page",
  "/Pages",
  "/Catalog",
  "/Font",
  "/XObject",
  "/ObjStm",
  "/XRef",
  "/Type3",
  "/None",
] as const;
const FILTERS = [
  "/LZWDecode",
  "/ASCII85Decode",
  "/RunLengthDecode",
  "/DCTDecode",
  "/JPXDecode",
  "/JBIG2Decode",
  "/CCITTFaxDecode",
  "/Crypt",
] as const;

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!;
}

function flipped(count: number): Change[1] {
  return (file, random) => {
    const copy = Buffer.from(file);
    for (let at = 0; at < count && copy.length > 0; at++)
      copy[Math.floor(copy.length * random())] = Math.floor(256 * random());
    return copy;
  };
}

function splice(file: Buffer, random: Random, by: (piece: Buffer) => Buffer): Buffer {
  const at = Math.floor(file.length * random());
  const end = Math.min(file.length, at + Math.floor(0.1 * file.length * random()));
  return Buffer.concat([file.subarray(0, at), by(file.subarray(at, end)), file.subarray(end)]);
}

/** One of the matches of a pattern, in the file's bytes. */
function replaced(pattern: RegExp, by: (match: string, random: Random) => string): Change[1] {
  return (file, random) => {
    const text = file.toString("latin1");
    const matches = [...text.matchAll(pattern)];
    if (matches.length === 0) return file;
    const { 0: match, index } = pick(matches, random);
    return Buffer.from(text.slice(0, index) + by(match, random) + text.slice(index + match.length), "latin1");
  };
}

function replaceAll(file: Buffer, pattern: RegExp, by: string): Buffer {
  return Buffer.from(file.toString("latin1").replace(pattern, by), "latin1");
}
