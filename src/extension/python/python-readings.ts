import * as vscode from "vscode";
import { linkPython, type SourceMention } from "../../shared/linking/python.ts";
import type { PythonDocument } from "../../shared/python/index.ts";
import { moduleClasses, outline, type PythonClass, usesTorch } from "../source/outline.ts";
import { sourceLine, sourceOf, untracedSource } from "../source/python-source.ts";
import { syntaxOf } from "../source/syntax.ts";

/** What one version of a Python source says, read once for everyone who asks: lines are those of the source. */
export interface PythonReading {
  readonly syntax: PythonDocument;
  readonly mentions: readonly SourceMention[];
  /** Classes that are modules. */
  readonly classes: readonly PythonClass[];
}

/**
 * Readings of open sources: made when a document opens, brought up to date when the next version is asked about, gone with
 * the document.
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

  /** By the first document of a source. */
  readonly #known = new WeakMap<
    vscode.TextDocument,
    { readonly text: string; readonly reading: PythonReading | null }
  >();

  /**
   * Of a file, or of the whole notebook that a cell belongs to. Null for one that has nothing to do with PyTorch: its names
   * mean something else.
   */
  of(document: vscode.TextDocument): PythonReading | null {
    const source = sourceOf(document);
    const holder = source?.parts[0]?.document ?? document;
    const text = source?.text ?? document.getText();
    const known = this.#known.get(holder);
    if (known?.text === text) return known.reading;
    const reading = usesTorch(text) ? read(syntaxOf(source?.file ?? document.uri.toString(), text)) : null;
    this.#known.set(holder, { text, reading });
    return reading;
  }

  /** The name of a component that begins at a place of a document. */
  mentionAt(document: vscode.TextDocument, position: vscode.Position): SourceMention | undefined {
    const line = sourceLine(sourceOf(document) ?? untracedSource(document), document, position.line);
    return this.of(document)?.mentions.find(
      each => each.line === line + 1 && each.column === position.character,
    );
  }
}

function read(syntax: PythonDocument): PythonReading {
  return { syntax, mentions: linkPython(syntax), classes: moduleClasses(outline(syntax)) };
}
