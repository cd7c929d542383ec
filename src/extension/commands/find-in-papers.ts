import * as v from "valibot";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import { componentOfClass } from "../../shared/linking/index.ts";
import { paperTargetSchema } from "../../shared/protocol/paper-context.ts";
import { componentName } from "../catalogue.ts";
import type { ComponentPanels } from "../component/component-panels.ts";
import { commandIds } from "../ids.ts";
import type { PaperEditors } from "../paper/paper-editors.ts";
import type { PaperIndex } from "../paper/paper-index.ts";
import { type PaperSentence, pickSentence, sentencesOn } from "../paper/sentences.ts";
import type { PythonReadings } from "../python/python-readings.ts";
import { classAt } from "../source/class-at.ts";
import { sourceLine, sourceOf } from "../source/python-source.ts";
import { pickComponent } from "./pick-component.ts";
import { registerCommand } from "./register.ts";

/** A mention, in a paper of the workspace or in the one that is in front. */
const mentionSchema = v.object({ ...paperTargetSchema.entries, uri: v.optional(v.string()) });

/** From a component, or a line of code, to the sentences of papers that speak of it. */
export function registerFindInPapers(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  papers: PaperEditors,
  index: PaperIndex,
  panels: ComponentPanels,
  readings: PythonReadings,
): void {
  registerCommand(context, log, commandIds.findInPaper, async (asked?: unknown) => {
    const component =
      typeof asked === "string"
        ? asked
        : (panels.active?.state.component ??
          componentAtCursor(readings) ??
          (await pickComponent(t("Find in Papers"))));
    if (component !== null) await find(component, papers, index);
  });
  registerCommand(context, log, commandIds.goToMention, async (asked?: unknown) => {
    const { uri: named, ...target } = v.parse(mentionSchema, asked);
    const known = index.papers.find(({ uri }) => uri.toString() === named)?.uri;
    const uri = known ?? (named === undefined ? papers.current?.uri : undefined);
    if (uri) await papers.goTo(uri, target);
  });
}

/** Goes to the one sentence there is, lets the reader choose among several, says so where there is none. */
async function find(component: string, papers: PaperEditors, index: PaperIndex): Promise<void> {
  for (const uri of papers.uris) index.include(uri);
  const isWhole = await index.complete();
  const name = componentName(component);
  const open = new Map(papers.uris.map((uri, place) => [uri.toString(), place]));
  const place = (uri: vscode.Uri) => open.get(uri.toString()) ?? open.size;
  const sentences = sentencesOn(
    component,
    [...index.papers].sort((a, b) => place(a.uri) - place(b.uri)),
  );
  if (sentences.length === 0 && isWhole) return await sayNone(name, papers, index);
  if (sentences.length === 0) {
    const message = t("Indexing was cancelled before a paper that mentions {0} was found.", name);
    return void vscode.window.showInformationMessage(message);
  }
  const preview = ({ uri, target }: PaperSentence) => papers.preview(uri, target);
  const chosen = sentences.length === 1 ? sentences[0] : await pickSentence(name, sentences, preview);
  if (chosen) await papers.goTo(chosen.uri, chosen.target);
}

async function sayNone(name: string, papers: PaperEditors, index: PaperIndex): Promise<void> {
  const open = t("Open Paper…");
  const message =
    index.papers.length === 0
      ? t("There is no paper here to find {0} in.", name)
      : t("None of the {0} papers here mentions {1}.", index.papers.length, name);
  if ((await vscode.window.showInformationMessage(message, open)) === open) await papers.choose();
}

/** What the name under the cursor means, else the first name on its line, else the class around it; null for nothing. */
function componentAtCursor(readings: PythonReadings): string | null {
  const editor = vscode.window.activeTextEditor;
  const source = editor && sourceOf(editor.document);
  const reading = source && readings.of(editor.document);
  if (!reading) return null;
  const line = sourceLine(source, editor.document, editor.selection.active.line);
  const { character } = editor.selection.active;
  const onLine = reading.mentions.filter(mention => mention.line === line + 1);
  const under = onLine.find(({ column, endColumn }) => column <= character && character <= endColumn);
  const around = classAt(reading.syntax, line);
  return (under ?? onLine[0])?.component ?? (around ? componentOfClass(around.name) : null);
}
