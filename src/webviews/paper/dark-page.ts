/** A picture that covers more of its page than this is the page itself, as a scanner made it. */
const SCAN = 0.5;
/** Smaller pictures, in shares of the page, are ornaments. */
const ORNAMENT = 0.0001;

/** Turns a hue by half a circle and keeps lightness; with black and white exchanged before, colours keep their names. */
const HALF_CIRCLE = [
  [-0.574, 1.43, 0.144],
  [0.426, 0.43, 0.144],
  [0.426, 1.43, -0.856],
] as const;

/** Corners in shares of the page: left, top, right, bottom. */
export type Picture = readonly [number, number, number, number];

/** @param coordinates six shares of the page for each picture: its upper left, lower left and upper right corner. */
export function picturesOf(coordinates: ArrayLike<number>): Picture[] {
  const pictures: Picture[] = [];
  for (let at = 0; at + 5 < coordinates.length; at += 6) {
    const [x1, y1, x2, y2, x3, y3] = Array.from({ length: 6 }, (_, index) => coordinates[at + index]!) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const xs = [x1, x2, x3, x2 + x3 - x1].map(bounded);
    const ys = [y1, y2, y3, y2 + y3 - y1].map(bounded);
    const picture = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)] as const;
    const area = (picture[2] - picture[0]) * (picture[3] - picture[1]);
    if (area > ORNAMENT && area < SCAN) pictures.push(picture);
  }
  return pictures.filter(
    (picture, index) =>
      !pictures.some(
        (other, place) =>
          place !== index && holds(other, picture) && !(holds(picture, other) && place > index),
      ),
  );
}

function holds(outer: Picture, inner: Picture): boolean {
  return outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];
}

/** Rows of an feColorMatrix that takes white to the background and black to the text. */
export function colorMatrix(background: readonly number[], foreground: readonly number[]): number[] {
  const rows = HALF_CIRCLE.flatMap((row, index) => {
    const ink = foreground[index]!;
    const reach = background[index]! - ink;
    return [...row.map(value => value * reach), 0, ink];
  });
  return [...rows, 0, 0, 0, 1, 0].map(value => Math.round(value * 10_000) / 10_000);
}

function bounded(share: number): number {
  return Math.min(1, Math.max(0, share));
}
