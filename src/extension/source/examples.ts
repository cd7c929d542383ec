import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import * as v from "valibot";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { ArgumentsMissingError } from "./target.ts";

/** Constructor arguments by `path/of/file.py#Class`. */
const examplesSchema = v.record(v.string(), v.record(v.string(), v.unknown()));
type Examples = v.InferOutput<typeof examplesSchema>;

/** What to build a class with, as the reader answered once; null where nothing was asked yet. */
export async function readExample(
  file: string,
  className: string,
): Promise<Readonly<Record<string, unknown>> | null> {
  const place = placeOf(file);
  return (await read(place.examples))[`${place.name}#${className}`] ?? null;
}

/** Asks for the arguments that a class needs, as JSON, and keeps the answer. False if the reader turned away. */
export async function askForExample({
  file,
  class: className,
  missing,
}: ArgumentsMissingError): Promise<boolean> {
  const place = placeOf(file);
  const answer = await vscode.window.showInputBox({
    title: t("What is {0} built with?", className),
    prompt: t("Arguments of the constructor as JSON; kept in {0}", place.examples),
    value: `{${missing.map(name => `${JSON.stringify(name)}: `).join(", ")}}`,
    valueSelection: undefined,
    ignoreFocusOut: true,
    validateInput: text =>
      parse(text) ? undefined : t("A JSON object is needed, such as {0}", '{"dim": 64}'),
  });
  const given = answer === undefined ? null : parse(answer);
  if (given === null) return false;
  const examples = { ...(await read(place.examples)), [`${place.name}#${className}`]: given };
  await mkdir(dirname(place.examples), { recursive: true });
  await writeFile(place.examples, `${JSON.stringify(examples, null, 2)}\n`);
  return true;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const parsed = v.safeParse(v.record(v.string(), v.unknown()), JSON.parse(text));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

/** The workspace folder's `.papertrace/examples.json`, or the one beside a file outside of any folder. */
function placeOf(file: string): { readonly examples: string; readonly name: string } {
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))?.uri.fsPath ?? dirname(file);
  return {
    examples: join(folder, ".papertrace", "examples.json"),
    name: relative(folder, file).replaceAll("\\", "/"),
  };
}

async function read(examples: string): Promise<Examples> {
  let text: string;
  try {
    text = await readFile(examples, "utf8");
  } catch {
    return {};
  }
  try {
    return v.parse(examplesSchema, JSON.parse(text));
  } catch (error) {
    throw new Error(
      t("{0} is not as expected: {1}", examples, error instanceof Error ? error.message : String(error)),
    );
  }
}
