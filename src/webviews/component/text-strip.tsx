import { t } from "../../shared/l10n.ts";
import type { StandingTokens } from "../../shared/protocol/component.ts";
import type { Token } from "../../shared/run.ts";
import { LinkButton, TextField } from "../kit/controls.tsx";
import type { Cell } from "../kit/heat-map.tsx";
import { ContinuedText, ContinueLink } from "./continuation.tsx";
import { ExampleInputs } from "./example-inputs.tsx";
import { choose, editingPrompt, hoveredToken, panel, state } from "./store.ts";
import { visibleSpaces } from "./token-text.ts";
import { viewOf } from "./view.ts";

/** The prompt as its tokens; the one whose row is shown is outlined, the one it looks at is filled. Edited in place. */
export function TextStrip() {
  const current = state.value;
  if (!current) return null;
  if (editingPrompt.value)
    return (
      <div class="text-strip">
        <TextField
          label={t("Text to run")}
          value={current.prompt}
          onAccept={prompt => {
            editingPrompt.value = false;
            if (prompt !== "") choose({ prompt, cell: null });
          }}
          onCancel={() => {
            editingPrompt.value = false;
          }}
        />
        <span class="dim">{t("Enter runs it, Esc keeps the old text.")}</span>
      </div>
    );
  const tokens = panel.value?.tokens ?? [];
  const omitted = panel.value?.omitted ?? 0;
  const examples = panel.value?.examples ?? [];
  const chips = chipsOf(tokens, panel.value?.stands ?? []);
  const readsText = tokens.length > 0 || examples.length === 0;
  const view = panel.value?.view;
  const marked = view ? viewOf(view).marks(view) : null;
  return (
    <div class="text-strip">
      <ExampleInputs examples={examples} />
      {readsText && tokens.length === 0 && <span class="number">{current.prompt}</span>}
      {readsText && (
        <ol class="tokens" aria-label={t("Tokens of the text")}>
          {chips.map(chip => (
            <TokenChip key={chip.start} chip={chip} marked={marked} />
          ))}
          <li class="edit">
            <LinkButton
              onClick={() => {
                editingPrompt.value = true;
              }}
            >
              {t("Edit text")}
            </LinkButton>
            <ContinueLink />
          </li>
        </ol>
      )}
      {omitted > 0 && (
        <p class="dim">{t("Only the first {0} tokens are run: the source takes no more.", tokens.length)}</p>
      )}
      <ContinuedText />
    </div>
  );
}

/** One token, or those in a row that stand for a picture or a sound. */
interface Chip {
  readonly start: number;
  readonly count: number;
  readonly token: Token;
  /** What they stand for; null for a token of the text. */
  readonly argument: string | null;
}

function chipsOf(tokens: readonly Token[], stands: readonly StandingTokens[]): Chip[] {
  return tokens.flatMap((token, start): Chip[] => {
    const stand = stands.find(each => start >= each.start && start < each.start + each.count);
    if (!stand) return [{ start, count: 1, token, argument: null }];
    return start === stand.start ? [{ start, count: stand.count, token, argument: stand.argument }] : [];
  });
}

function TokenChip({ chip, marked }: { readonly chip: Chip; readonly marked: Cell | null }) {
  const { start, count, token, argument } = chip;
  const holds = (index: number | null | undefined) =>
    index != null && index >= start && index < start + count;
  const classes = ["token"];
  if (holds(marked?.row)) classes.push("row");
  if (holds(marked?.column)) classes.push("column");
  if (holds(hoveredToken.value)) classes.push("hovered");
  return (
    <li>
      <button
        type="button"
        class={classes.join(" ")}
        data-token={start}
        data-token-id={token.id}
        aria-pressed={holds(marked?.row)}
        title={argument === null ? undefined : t("{0} tokens in whose place {1} is put", count, argument)}
        onPointerEnter={() => {
          hoveredToken.value = start;
        }}
        onPointerLeave={() => {
          hoveredToken.value = null;
        }}
        onClick={() => choose({ cell: { row: start, column: Math.min(start, marked?.column ?? 0) } })}
      >
        {visibleSpaces(token.text)}
        {argument !== null && ` × ${count}`}
      </button>
    </li>
  );
}
