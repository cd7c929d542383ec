import { component, inLanguage } from "../catalogue/index.ts";
import { t } from "../l10n.ts";
import { type Note, sorted } from "./note.ts";

/**
 * The notes on a paper as Markdown: each passage as a quotation, under it its page and component and what was written.
 *
 * @param title the paper's title or the name of its file.
 */
export function notesAsMarkdown(title: string, notes: readonly Note[], language: string): string {
  const parts = sorted(notes).map(({ quote, page, component: id, text }) => {
    const about = id === null ? [] : [inLanguage(component(id).name, language)];
    const where = [t("Page {0}", page), ...about].join(" · ");
    return [`> ${plain(quote.exact)}`, `*${where}*`, ...(text.trim() === "" ? [] : [text.trim()])].join(
      "\n\n",
    );
  });
  return `${[`# ${t("Notes on {0}", plain(title))}`, ...parts].join("\n\n")}\n`;
}

/** A paper's own words, none of which may turn into markup. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|~$&]/g, "\\$&");
}
