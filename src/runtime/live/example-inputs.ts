import { createHash } from "node:crypto";
import type { DType, Tensor } from "../../shared/dtype.ts";
import type { ExampleInput } from "../../shared/protocol/component.ts";
import type { Trace } from "../../shared/trace.ts";
import { fill, toTensor } from "../primitives/numbers.ts";
import { hidesWhereTrue, tableRows } from "../recognise/arguments.ts";
import { createNormal, createRandom } from "../session/sampling.ts";

/** An argument of forward that is no text. */
export interface ExampleArgument {
  readonly trace: Trace;
  /** Index in `trace.values`; null where the source did not come to it. */
  readonly value: number | null;
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

interface Argument extends ExampleArgument {
  readonly whole: boolean;
  readonly boolean: boolean;
}

/** A kind of content: which arguments it is for, and its numbers by place in the tensor. */
interface Content {
  readonly fits: (argument: Argument) => boolean;
  readonly numbers: (argument: Argument) => (index: number) => number;
}

/** In the order in which they are asked; the last fits everything. */
const CONTENTS: Readonly<Record<ExampleInput["content"], Content>> = {
  mask: {
    fits: ({ name, boolean }) => boolean || /mask/.test(name),
    numbers: shown,
  },
  positions: {
    fits: ({ name, whole }) => whole && /(^|_)pos(itions?)?(_|$)/.test(name),
    numbers: ({ shape }) => {
      const length = shape.at(-1) ?? 1;
      return index => index % length;
    },
  },
  choices: {
    // Numbers with a fraction may be made whole before a table is asked for their rows.
    fits: ({ whole, trace, value }) => whole || (value !== null && tableRows(trace, value) !== null),
    numbers: choices,
  },
  picture: {
    fits: ({ shape }) => shape.length >= 4 && shape.at(-3)! <= 4 && shape.at(-1)! >= 4,
    numbers: picture,
  },
  sound: {
    fits: ({ name, shape }) =>
      /^input_values$|audio|wave|sound/.test(name) && shape.length <= 3 && shape.at(-1)! >= 400,
    numbers: ({ shape }) => sound(shape.at(-1)!),
  },
  spectrogram: {
    fits: ({ name, shape }) => /^input_features$|mel|spectrogram/.test(name) && shape.length >= 3,
    numbers: ({ shape }) => spectrogram(shape.at(-2)!, shape.at(-1)!),
  },
  numbers: { fits: () => true, numbers: ({ name }) => seeded(name) },
};

/** Something to call forward on where no text says what: the same numbers every time. */
export function exampleInput(given: ExampleArgument): {
  readonly tensor: Tensor;
  readonly shown: ExampleInput;
} {
  const { name, dtype, shape } = given;
  const argument: Argument = { ...given, whole: /^u?int/.test(dtype), boolean: dtype === "bool" };
  const [content, { numbers }] = Object.entries(CONTENTS).find(([, { fits }]) => fits(argument))! as [
    ExampleInput["content"],
    Content,
  ];
  const tensor = toTensor(fill(dtype, shape, numbers(argument)));
  return { tensor, shown: { name, content, dtype, shape } };
}

/** A mask that hides nothing; one that is added to scores is zero. */
function shown({ trace, value, whole, boolean }: Argument): () => number {
  if (!whole && !boolean) return () => 0;
  const everywhere = value !== null && hidesWhereTrue(trace, value) === true ? 0 : 1;
  return () => everywhere;
}

/** Rows of the table that the argument looks up; 1 where it looks up none. */
function choices({ trace, value, name }: Argument): () => number {
  const rows = value === null ? null : tableRows(trace, value);
  const random = createRandom(seedOf(name));
  return () => (rows === null ? 1 : Math.floor(random() * rows));
}

/** A bright disc on a slope of grey with a dark bar below, a little different in each channel, from −1 to 1. */
function picture({ shape }: Argument): (index: number) => number {
  const [channels, height, width] = shape.slice(-3) as [number, number, number];
  return index => {
    const x = (index % width) / width;
    const y = (Math.floor(index / width) % height) / height;
    const tint = (Math.floor(index / (width * height)) % channels) / Math.max(1, channels);
    if ((x - 0.6) ** 2 + (y - 0.4) ** 2 < 0.05) return 1 - tint / 2;
    if (y > 0.75 && x > 0.15 && x < 0.85) return tint - 1;
    return 0.8 * (x + y) - 0.8 + tint / 4;
  };
}

/** Samples of a second at the usual rate of speech models, Hz. */
const RATE = 16_000;

/** Three tones of one chord, each louder and softer at its own pace. */
function sound(samples: number): (index: number) => number {
  return index => {
    const time = (index % samples) / RATE;
    const tone = (hertz: number, pace: number) =>
      Math.sin(2 * Math.PI * hertz * time) * (1 + Math.cos(2 * Math.PI * pace * time)) * 0.15;
    return tone(220, 3) + tone(277.2, 5) + tone(329.6, 7);
  };
}

/** The same tones over time as bands of a mel spectrogram, bands × frames: loud is 1, silence −1. */
function spectrogram(bands: number, frames: number): (index: number) => number {
  const tones = [0.25, 0.4, 0.6].map((height, i) => ({ band: height * bands, pace: 3 + 2 * i }));
  return index => {
    const band = Math.floor(index / frames) % bands;
    const time = (index % frames) / frames;
    const loud = tones.map(
      tone => Math.exp(-((band - tone.band) ** 2) / 2) * (1 + Math.cos(2 * Math.PI * tone.pace * time)),
    );
    return Math.max(...loud) - 1;
  };
}

function seeded(name: string): () => number {
  return createNormal(seedOf(name));
}

function seedOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32LE();
}
