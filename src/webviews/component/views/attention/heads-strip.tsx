import { t } from "../../../../shared/l10n.ts";
import type { AttentionDocument } from "../../../../shared/protocol/component.ts";
import { theme } from "../../../kit/theme.ts";
import { Thumbnail } from "../../../kit/thumbnail.tsx";
import { ModulePicker } from "../../module-picker.tsx";
import { choose } from "../../store.ts";
import { figureOf, headThumbnails, scaleOf } from "./figures.ts";

/** Every layer to choose from, and every head of this one at a glance. */
export function HeadsStrip({ document }: { readonly document: AttentionDocument }) {
  const weights = figureOf(document, "weights")!;
  const scale = scaleOf(weights, theme.value);
  return (
    <div class="heads-strip">
      <ModulePicker />
      <ol class="heads" aria-label={t("Heads")}>
        {headThumbnails(document).map((grid, head) => {
          const ablated = document.ablated.includes(head);
          const classes = ["figure", head === document.head ? "chosen" : "", ablated ? "ablated" : ""];
          return (
            <li key={head}>
              <button
                type="button"
                class={classes.join(" ")}
                aria-pressed={head === document.head}
                aria-label={ablated ? t("Head {0}, ablated", head) : t("Head {0}", head)}
                data-head={head}
                onClick={() => choose({ head })}
              >
                <span class="frame">
                  <Thumbnail grid={grid} scale={scale} width={42} height={42} />
                </span>
                <span class="dim small">{head}</span>
              </button>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
