import { type BirpcReturn, createBirpc } from "birpc";
import * as v from "valibot";

/** Functions one side offers to the other. Arguments and results must survive structured clone. */
// biome-ignore lint/suspicious/noExplicitAny: the constraint has to admit every argument list
export type Functions<F> = { [K in keyof F]: (...args: any[]) => unknown };

/** A schema of the argument list of every function: what arrives is validated before it is used. */
export type ArgumentSchemas<F extends Functions<F>> = {
  readonly [K in keyof F]: v.GenericSchema<unknown, Parameters<F[K]>>;
};

/** How messages get across a boundary. */
export interface Port {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** How long an answer is waited for, in ms; without it for ever. */
  readonly timeout?: number;
}

/** The other side's functions, to be called as promises, and `$close` to reject what is pending. */
export type Remote<R extends Functions<R>, L extends Functions<L>> = BirpcReturn<R, L>;

/**
 * Connects two sides of a boundary. Local functions are called with validated arguments only; an argument list that does
 * not fit its schema is answered with an error that names the function and the path.
 */
export function connect<R extends Functions<R>, L extends Functions<L>>(
  port: Port,
  local: L,
  schemas: ArgumentSchemas<L>,
): Remote<R, L> {
  const guarded = Object.fromEntries(
    (Object.keys(schemas) as (keyof L & string)[]).map(name => [
      name,
      (...args: unknown[]) => {
        const parsed = v.safeParse(schemas[name], args);
        if (!parsed.success) throw new TypeError(`${name}: ${v.summarize(parsed.issues)}`);
        return local[name](...(parsed.output as unknown[]));
      },
    ]),
  ) as unknown as L;
  return createBirpc<R, L>(guarded, {
    post: message => port.post(message),
    on: listener => port.onMessage(listener),
    serialize: withWords,
    deserialize: withError,
    timeout: port.timeout ?? -1,
  });
}

/** Some ports carry plain data only, in which an error would be an empty object: it crosses as its words. */
function withWords(message: Answer): Answer {
  if (!(message.e instanceof Error)) return message;
  const { name, message: words, stack } = message.e;
  return { ...message, e: { name, message: words, stack } };
}

/** The same on the side that asked: an error again. */
function withError(message: Answer): Answer {
  const words = v.safeParse(errorWords, message.e);
  return words.success
    ? { ...message, e: Object.assign(new Error(words.output.message), words.output) }
    : message;
}

/** What birpc sends; an answer that failed has the reason in `e`. */
interface Answer {
  readonly e?: unknown;
}

const errorWords = v.object({ name: v.string(), message: v.string(), stack: v.optional(v.string()) });
