import { t } from "../../shared/l10n.ts";
import { LinkButton, TextField } from "../kit/controls.tsx";
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
  const examples = panel.value?.examples ?? [];
  const readsText = tokens.length > 0 || examples.length === 0;
  const view = panel.value?.view;
  const marked = view ? viewOf(view).marks(view) : null;
  return (
    <div class="text-strip">
      <ExampleInputs examples={examples} />
      {readsText && tokens.length === 0 && <span class="number">{current.prompt}</span>}
      {readsText && (
        <ol class="tokens" aria-label={t("Tokens of the text")}>
          {tokens.map((token, index) => {
            const classes = ["token"];
            if (marked?.row === index) classes.push("row");
            if (marked?.column === index) classes.push("column");
            if (hoveredToken.value === index) classes.push("hovered");
            return (
              <li key={index}>
                <button
                  type="button"
                  class={classes.join(" ")}
                  data-token={index}
                  data-token-id={token.id}
                  aria-pressed={marked?.row === index}
                  onPointerEnter={() => {
                    hoveredToken.value = index;
                  }}
                  onPointerLeave={() => {
                    hoveredToken.value = null;
                  }}
                  onClick={() =>
                    choose({ cell: { row: index, column: Math.min(index, marked?.column ?? 0) } })
                  }
                >
                  {visibleSpaces(token.text)}
                </button>
              </li>
            );
          })}
          <li class="edit">
            <LinkButton
              onClick={() => {
                editingPrompt.value = true;
              }}
            >
              {t("Edit text")}
            </LinkButton>
          </li>
        </ol>
      )}
    </div>
  );
}
