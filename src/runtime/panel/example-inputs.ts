import { createHash } from "node:crypto";
import type { Tensor } from "../../shared/dtype.ts";
import type { ExampleInput } from "../../shared/protocol/component.ts";
import { evaluateSize, type SizeBindings, sizeHint } from "../../shared/size.ts";
import type { Trace } from "../../shared/trace.ts";
import { fill, toTensor } from "../primitives/numbers.ts";
import { hidesWhereTrue, tableRows } from "../recognise/arguments.ts";
import { createNormal, createRandom } from "../session/sampling.ts";

/** An argument of forward that is no text. */
interface Argument {
  readonly trace: Trace;
  /** Index in `trace.values`. */
  readonly value: number;
  readonly name: string;
  readonly shape: readonly number[];
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
  choices: { fits: ({ whole }) => whole, numbers: choices },
  picture: {
    fits: ({ shape }) => shape.length >= 4 && shape.at(-3)! <= 4 && shape.at(-1)! >= 4,
    numbers: picture,
  },
  sound: {
    fits: ({ name, shape }) =>
      /^input_values$|audio|wave|sound/.test(name) && shape.length <= 3 && shape.at(-1)! >= 400,
    numbers: ({ shape }) => sound(shape.at(-1)!),
  },
  numbers: { fits: () => true, numbers: ({ name }) => seeded(name) },
};

/**
 * Something to call forward on where no text says what: the same numbers every time.
 * @param value index of the argument in `trace.values`.
 * @param sizes of the free sizes; those that are left out are as they were while tracing.
 */
export function exampleInput(
  trace: Trace,
  value: number,
  sizes: SizeBindings,
): { readonly tensor: Tensor; readonly shown: ExampleInput } {
  const { leaf, dtype, shape: traced } = trace.values[value]!;
  const name = leaf!.name;
  const shape = traced.map(size => evaluateSize(size, sizes) ?? sizeHint(size));
  const whole = /^u?int/.test(dtype);
  const argument: Argument = { trace, value, name, shape, whole, boolean: dtype === "bool" };
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
  const everywhere = hidesWhereTrue(trace, value) === true ? 0 : 1;
  return () => everywhere;
}

/** Rows of the table that the argument looks up; 1 where it looks up none. */
function choices({ trace, value, name }: Argument): () => number {
  const rows = tableRows(trace, value);
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

function seeded(name: string): () => number {
  return createNormal(seedOf(name));
}

function seedOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32LE();
}
