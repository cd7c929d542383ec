import type { LiveModel, OpenRequest } from "../live/types.ts";

/** A model that is open, with what it was opened from. */
export interface Opened {
  readonly model: LiveModel;
  readonly request: OpenRequest;
  /** ms from asking to being ready. */
  readonly milliseconds: number;
}

/**
 * Keeps the model from before the reader's edit open beside the current one, so that old numbers can stand beside new
 * ones for any prompt and module. While text is unsaved the earlier model stays the one from before all of it; each save
 * starts a new comparison at the next edit.
 */
export class Editions {
  current: Opened | null = null;
  before: Opened | null = null;

  /** Takes a newly opened model; those that are no longer needed are disposed. */
  adopt(next: Opened): void {
    const { current, before } = this;
    this.current = next;
    if (!current) return;
    const sameProgram = sameSource(current.request, next.request);
    if (!sameProgram) {
      current.model.dispose();
      this.#forget();
    } else if (edition(current) === edition(next)) {
      current.model.dispose();
    } else if (before && edition(before) === edition(next)) {
      current.model.dispose();
      this.#forget();
    } else if (before && isUnsaved(current.request)) {
      current.model.dispose();
    } else {
      before?.model.dispose();
      this.before = current;
    }
  }

  dispose(): void {
    this.current?.model.dispose();
    this.current = null;
    this.#forget();
  }

  #forget(): void {
    this.before?.model.dispose();
    this.before = null;
  }
}

/** The same class with the same weights; its text may differ. */
function sameSource(a: OpenRequest, b: OpenRequest): boolean {
  return a.source === b.source && a.class === b.class && a.checkpoint === b.checkpoint;
}

/** What a trace was made from: the hashes of all its files. */
function edition({ model }: Opened): string {
  return model.trace.files
    .map(({ path, sha256 }) => `${path} ${sha256}`)
    .sort()
    .join("\n");
}

function isUnsaved({ source, overlay }: OpenRequest): boolean {
  return overlay?.[source] !== undefined;
}
