import type { Tensor } from "../../../shared/dtype.ts";
import { fromBytes } from "../../primitives/numbers.ts";
import { HIDDEN } from "../../recognise/scalar.ts";
import type { Mask } from "./mask.ts";

/**
 * Whether masks of [..., tokens, past + tokens] scores together let every token see itself and all before it, and nothing
 * else.
 */
export function isCausal(
  masks: readonly { readonly kind: Mask["kind"]; readonly tensor: Tensor }[],
  tokens: number,
  past: number,
): boolean {
  const length = past + tokens;
  const read = masks.map(({ kind, tensor }) => {
    const values = fromBytes(tensor.dtype, tensor.shape, tensor.data).data;
    return { kind, tensor, values };
  });
  if (read.some(({ tensor: { shape } }) => shape.at(-1) !== length || shape.at(-2) !== tokens)) return false;
  const tables = Math.max(...read.map(({ values }) => values.length / (tokens * length)));
  for (let table = 0; table < tables; table++) {
    for (let row = 0; row < tokens; row++) {
      for (let column = 0; column < length; column++) {
        const at = (table * tokens + row) * length + column;
        const seen = read.map(({ kind, values }) => SEES[kind](values[at % values.length]!));
        const visible = seen.includes(null) ? null : !seen.includes(false);
        if (visible !== column <= past + row) return false;
      }
    }
  }
  return true;
}

/** Whether a score is seen; null where it is neither kept as it is nor hidden. */
const SEES: Readonly<Record<Mask["kind"], (value: number) => boolean | null>> = {
  keeps: value => value !== 0,
  hides: value => value === 0,
  added: value => (value === 0 ? true : value <= HIDDEN ? false : null),
};
