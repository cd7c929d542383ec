import { crc32, deflateSync } from "node:zlib";
import { extentOf } from "../../shared/extent.ts";
import type { Picture, Statistics } from "../../shared/run.ts";

/** Size in a hover, CSS pixels. */
export const pictureSize = { width: 96, height: 24 } as const;

/**
 * A value's picture as an SVG data URI: one pixel a cell, with edges that stay sharp at every zoom, in a frame. Signed
 * values run from blue over nothing to orange, so that zero is the colour of whatever lies behind, in every theme; values
 * that are never negative take one hue. The scale ends where that of panels does.
 */
export function pictureUri(picture: Picture, statistics: Pick<Statistics, "min">): string {
  const { width, height } = pictureSize;
  const cells = `data:image/png;base64,${cellsPng(picture, statistics).toString("base64")}`;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<image width="${width}" height="${height}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${cells}"/>` +
    `<rect width="${width}" height="${height}" fill="none" stroke="#888" vector-effect="non-scaling-stroke"/></svg>`;
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
}

function cellsPng({ rows, columns, data }: Picture, { min }: Pick<Statistics, "min">): Buffer {
  const { end } = extentOf(data);
  const pixels = Buffer.alloc(rows * (1 + columns * 4));
  for (const [index, value] of data.entries()) {
    const color = min < 0 && value > 0 ? positive : negative;
    const alpha = Number.isFinite(value) ? Math.round(255 * Math.min(1, Math.abs(value) / end)) : 0;
    pixels.set(
      [...color, alpha],
      Math.floor(index / columns) * (1 + columns * 4) + 1 + (index % columns) * 4,
    );
  }
  return png(columns, rows, pixels);
}

const positive = [230, 126, 34] as const;
const negative = [58, 134, 216] as const;

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
