import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import { Button } from "../kit/controls.tsx";
import { chosenMatch, select } from "./found-words.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/**
 * Finds words in the paper, as pdf.js does it: every match is marked, Enter goes on. Escape closes it and leaves the match
 * selected, from where Shift and the arrows go on: a passage can be marked without a mouse.
 */
export function FindBar({ reader }: { readonly reader: Reader }) {
  const field = useRef<HTMLInputElement>(null);
  const [matches, setMatches] = useState({ current: 0, total: 0 });

  useEffect(() => {
    const count = ({ matchesCount }: { matchesCount: { current: number; total: number } }) =>
      setMatches({ ...matchesCount });
    reader.bus.on("updatefindmatchescount", count);
    reader.bus.on("updatefindcontrolstate", count);
    return () => {
      reader.bus.off("updatefindmatchescount", count);
      reader.bus.off("updatefindcontrolstate", count);
      reader.bus.dispatch("findbarclose", { source: reader });
    };
  }, [reader]);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, [store.findAsked.value]);

  const find = (type: "" | "again", backwards = false) =>
    reader.bus.dispatch("find", {
      source: reader,
      type,
      query: field.current?.value ?? "",
      caseSensitive: false,
      entireWord: false,
      highlightAll: true,
      findPrevious: backwards,
      matchDiacritics: false,
    });
  const close = () => {
    const match = chosenMatch();
    const unmarked = () => {
      reader.bus.off("updatetextlayermatches", unmarked);
      if (match !== null) select(match);
    };
    // Its words can be selected once the marks around them are gone.
    if (match !== null) reader.bus.on("updatetextlayermatches", unmarked);
    store.finding.value = false;
  };

  return (
    <search class="find">
      <input
        ref={field}
        class="field"
        type="text"
        placeholder={t("Find in paper")}
        aria-label={t("Find in paper")}
        onInput={() => find("")}
        onKeyDown={event => {
          if (event.key === "Escape") close();
          if (event.key === "Enter" && !event.isComposing) find("again", event.shiftKey);
        }}
      />
      <span class="matches" role="status">
        {field.current?.value &&
          (matches.total === 0 ? t("No results") : t("{0} of {1}", matches.current, matches.total))}
      </span>
      <Button kind="icon" label={t("Previous match")} onClick={() => find("again", true)}>
        ↑
      </Button>
      <Button kind="icon" label={t("Next match")} onClick={() => find("again")}>
        ↓
      </Button>
      <Button kind="icon" label={t("Close")} onClick={close}>
        ×
      </Button>
    </search>
  );
}
