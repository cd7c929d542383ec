/** Things that are made on demand and kept, the least recently used given up first. */
export class RecentlyUsed<T> {
  readonly #capacity: number;
  readonly #giveUp: (thing: T) => void;
  readonly #kept = new Map<string, T>();

  constructor(capacity: number, giveUp: (thing: T) => void) {
    this.#capacity = capacity;
    this.#giveUp = giveUp;
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const thing = this.#kept.get(key) ?? (await make());
    this.#kept.delete(key);
    this.#kept.set(key, thing);
    if (this.#kept.size > this.#capacity) {
      const [oldest] = this.#kept;
      this.#kept.delete(oldest![0]);
      this.#giveUp(oldest![1]);
    }
    return thing;
  }

  /** All that are kept. */
  values(): Iterable<T> {
    return this.#kept.values();
  }

  clear(): void {
    for (const thing of this.#kept.values()) this.#giveUp(thing);
    this.#kept.clear();
  }
}
