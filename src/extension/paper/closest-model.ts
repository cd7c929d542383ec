import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { t } from "../../shared/l10n.ts";
import {
  closestModel,
  type IndexedPaper,
  kindOfConfig,
  kindOfPaper,
  type ModelKind,
  type PaperKind,
} from "../../shared/papers/index.ts";
import type { PaperModel } from "../../shared/protocol/paper-context.ts";
import type { ModelLibrary } from "../models/model-library.ts";

/** The model that a paper's panels show. */
export interface ChosenModel extends PaperModel {
  /** As panels name it; null is the reader's default. */
  readonly id: string | null;
}

/** Chooses, among the models that are at hand, the one that comes closest to what a paper is about. */
export class ClosestModel {
  readonly #library: ModelLibrary;
  readonly #kinds = new Map<string, Promise<ModelKind | null>>();

  constructor(library: ModelLibrary) {
    this.#library = library;
  }

  /**
   * @param paper as it was indexed; `unread` where that has yet to be done, `unreadable` where it cannot be.
   * @returns null where no model can be used at all.
   */
  async of(paper: IndexedPaper | "unread" | "unreadable"): Promise<ChosenModel | null> {
    const preferred = await this.#library.default().catch(() => null);
    if (preferred === null) return null;
    const usable = (await this.#library.list()).filter(
      ({ problem, folder }) => problem === null && folder !== preferred.folder,
    );
    const models = await Promise.all(
      [preferred, ...usable].map(async info => ({
        id: info.id,
        info,
        kind: await this.#kindOf(info.folder),
      })),
    );
    const about = typeof paper === "string" ? paper : kindOfPaper(paper.cues);
    const choice = typeof about === "object" && about ? closestModel(about.kind, models) : null;
    const model = choice?.model ?? models[0]!;
    const id = model.info.folder === preferred.folder ? null : model.id;
    return {
      id,
      label: model.info.label,
      reason: reasonFor(about, choice && { ...choice, kind: model.kind }),
    };
  }

  #kindOf(folder: string): Promise<ModelKind | null> {
    const known = this.#kinds.get(folder) ?? readKind(folder);
    this.#kinds.set(folder, known);
    return known;
  }
}

async function readKind(folder: string): Promise<ModelKind | null> {
  try {
    const json: unknown = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    return kindOfConfig(v.parse(v.record(v.string(), v.unknown()), json));
  } catch {
    return null;
  }
}

/** Cues that are named as the reason. */
const NAMED = 2;

function reasonFor(
  about: PaperKind | "unread" | "unreadable" | null,
  choice: { readonly exact: boolean; readonly kind: ModelKind | null } | null,
): string {
  if (about === "unread") return t("The paper is still being read, so the default model is shown.");
  if (about === "unreadable") return t("The paper could not be read here, so the default model is shown.");
  if (about === null)
    return t("The paper does not show what kind of model it is about, so the default model is shown.");
  const cues = about.evidence
    .slice(0, NAMED)
    .map(({ label, count }) => `“${label}” ${count}×`)
    .join(", ");
  const wanted = kindName(about.kind);
  if (choice?.exact) return t("Chosen because the paper is about {0} ({1}).", wanted, cues);
  if (choice?.kind)
    return t(
      "The paper is about {0} ({1}); none is at hand, and {2} comes closest.",
      wanted,
      cues,
      kindName(choice.kind),
    );
  return t("The paper is about {0} ({1}); none is at hand, so the default model is shown.", wanted, cues);
}

function kindName(kind: ModelKind): string {
  switch (kind) {
    case "mixture-of-experts":
      return t("a mixture of experts");
    case "vision":
      return t("a vision transformer");
    case "speech":
      return t("a speech model");
    case "word-vectors":
      return t("a table of word vectors");
    case "encoder":
      return t("an encoder");
    case "encoder-decoder":
      return t("an encoder-decoder");
    case "decoder":
      return t("a decoder language model");
  }
}
