import { crc32, deflateSync } from "node:zlib";
import type { Picture, Statistics } from "../../shared/run.ts";

/** Size in a hover, CSS pixels. */
export const pictureSize = { width: 96, height: 24 } as const;

/** Drawn at twice its size, for dense screens. */
const density = 2;

/**
 * A value's picture as a PNG data URI. Signed values run from blue over nothing to orange, so that zero is the colour of
 * whatever lies behind, in every theme; values that are never negative take one hue. The scale ends at the 99th
 * percentile of magnitudes.
 */
export function pictureUri(picture: Picture, statistics: Pick<Statistics, "min">): string {
  const width = pictureSize.width * density;
  const height = pictureSize.height * density;
  const signed = statistics.min < 0;
  const limit = percentile99(picture.data) || 1;
  const pixels = Buffer.alloc(height * (1 + width * 4));
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * picture.rows) / height);
    for (let x = 0; x < width; x++) {
      const column = Math.floor((x * picture.columns) / width);
      const value = picture.data[row * picture.columns + column] ?? 0;
      const [red, green, blue] = signed && value > 0 ? positive : negative;
      const at = y * (1 + width * 4) + 1 + x * 4;
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
      pixels[at + 3] = Number.isFinite(value) ? Math.round(255 * Math.min(1, Math.abs(value) / limit)) : 0;
    }
  }
  return `data:image/png;base64,${png(width, height, pixels).toString("base64")}`;
}

const positive = [230, 126, 34] as const;
const negative = [58, 134, 216] as const;

function percentile99(data: Float32Array): number {
  const sorted = data.map(Math.abs).filter(Number.isFinite).sort();
  return sorted[Math.floor(0.99 * (sorted.length - 1))] ?? 0;
}

/** PNG, 8-bit RGBA; `pixels` has a filter byte (0) before each row. PNG specification, third edition, 5 and 11. */
function png(width: number, height: number, pixels: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
