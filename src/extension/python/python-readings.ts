import * as vscode from "vscode";
import { linkPython, type SourceMention } from "../../shared/linking/index.ts";
import { type PythonDocument, parsePython } from "../../shared/python/index.ts";
import { moduleClasses, outline, type PythonClass, usesTorch } from "../source/outline.ts";

/** What one version of a Python document says, read once for everyone who asks. */
export interface PythonReading {
  readonly syntax: PythonDocument;
  readonly mentions: readonly SourceMention[];
  /** Classes that are modules. */
  readonly classes: readonly PythonClass[];
}

/**
 * Readings of open documents: made when a document opens, brought up to date when the next version is asked about, gone
 * with the document.
 */
export class PythonReadings {
  static register(context: vscode.ExtensionContext): PythonReadings {
    const readings = new PythonReadings();
    context.subscriptions.push(
      vscode.workspace.onDidOpenTextDocument(document => {
        if (document.languageId === "python") readings.of(document);
      }),
    );
    return readings;
  }

  readonly #known = new WeakMap<
    vscode.TextDocument,
    { readonly version: number; readonly reading: PythonReading | null }
  >();

  /** Null for a document that has nothing to do with PyTorch: its names mean something else. */
  of(document: vscode.TextDocument): PythonReading | null {
    const known = this.#known.get(document);
    if (known?.version === document.version) return known.reading;
    const reading = read(document.getText(), known?.reading?.syntax);
    this.#known.set(document, { version: document.version, reading });
    return reading;
  }
}

function read(text: string, previous: PythonDocument | undefined): PythonReading | null {
  if (!usesTorch(text)) return null;
  const syntax = parsePython(text, previous);
  return { syntax, mentions: linkPython(syntax), classes: moduleClasses(outline(syntax)) };
}
