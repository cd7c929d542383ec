import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { formatCard } from "./card.ts";
import { hubFileUrl } from "./hub.ts";
import type { AddableModel } from "./registry.ts";
import { mediaDirectory } from "./zoo.ts";

/**
 * Writes what a model's folder says of itself to people: the whole text of its licence, and a card that names its source.
 * A file that says so already stays as it is, so that a folder made by another release is completed without its weights.
 */
export async function writeAbout(model: AddableModel, folder: string): Promise<void> {
  for (const [name, text] of Object.entries({
    LICENSE: await licenceText(model.licence),
    "README.md": card(model),
  })) {
    const path = join(folder, name);
    if ((await readFile(path, "utf8").catch(() => null)) === text) continue;
    await writeFile(`${path}.unfinished`, text);
    await rename(`${path}.unfinished`, path);
  }
}

/** The standard text of a licence, by its SPDX identifier in lower case. */
function licenceText(licence: string): Promise<string> {
  return readFile(join(mediaDirectory(), "licences", `${licence}.txt`), "utf8");
}

function card(model: AddableModel): string {
  const source = hubFileUrl(model.hub.repository, model.hub.revision, model.file.name, {});
  const facts = {
    model_name: model.label,
    license: model.licence,
    base_model: model.baseModel,
    source_url: source,
    source_sha256: model.file.sha256,
  };
  const text = [
    `# ${model.label}`,
    `${model.baseModel}, quantised by others to \`${model.file.name}\` and repacked by Papertrace without changing any weight.`,
    `- Source: ${source}\n- SHA-256: \`${model.file.sha256}\`\n- Licence: ${model.licence} (${model.licenceUrl})`,
  ];
  return formatCard(facts, `${text.join("\n\n")}\n`);
}
