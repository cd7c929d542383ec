import * as vscode from "vscode";
import { components } from "../../shared/catalogue/index.ts";
import { t } from "../../shared/l10n.ts";
import { words } from "../catalogue.ts";

/** Asks for a component of the catalogue; other names find it too. Null if the reader turned away. */
export async function pickComponent(title: string): Promise<string | null> {
  const chosen = await vscode.window.showQuickPick(
    components.map(entry => {
      const label = words(entry.name);
      const names = [entry.name.en, entry.name.ko, ...entry.aliases.en, ...entry.aliases.ko];
      return { label, description: names.filter(name => name !== label).join(" · "), id: entry.id };
    }),
    { title, placeHolder: t("Name of a component"), matchOnDescription: true },
  );
  return chosen?.id ?? null;
}
