/** Chooses the next token from logits. */
export type Sampler = (logits: ArrayLike<number>) => number;

/**
 * @param temperature 0: the largest logit, the first of equals; else softmax(logits / temperature) is sampled.
 * @param seed the same seed gives the same tokens.
 */
export function createSampler(temperature: number, seed: number): Sampler {
  if (temperature <= 0) return argmax;
  const random = createRandom(seed);
  return logits => {
    const largest = logits[argmax(logits)] as number;
    const weights = new Float64Array(logits.length);
    let total = 0;
    for (let i = 0; i < logits.length; i++) {
      const weight = Math.exp(((logits[i] as number) - largest) / temperature);
      weights[i] = weight;
      total += weight;
    }
    let left = random() * total;
    for (let i = 0; i < weights.length; i++) {
      left -= weights[i] as number;
      if (left < 0) return i;
    }
    return argmax(logits);
  };
}

/** Index of the largest number, the first of equals; NaN never wins. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > largest) {
      largest = value;
      best = i;
    }
  }
  return best;
}

/** Uniform numbers in [0, 1): mulberry32, 32 bits of state. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers of the standard normal distribution (Box and Muller 1958); the same seed gives the same ones. */
export function createNormal(seed: number): () => number {
  const random = createRandom(seed);
  // 1 − u is never 0.
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
