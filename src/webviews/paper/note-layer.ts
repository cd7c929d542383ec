import type { Note } from "../../shared/notes/index.ts";
import { boxElement, drawnPage, reaches, turned } from "./box.ts";
import type { Place } from "./links.ts";

/** A note with where its passage stands in this version of the paper; no places where it is not found. */
export interface PlacedNote {
  readonly note: Note;
  /** One per page, in order. */
  readonly places: readonly Place[];
  /** Whether the passage is still as it was marked. */
  readonly exact: boolean;
}

/** A layer under each page's text that marks the passages of notes. The list of notes is what the keyboard reaches. */
export class NoteLayers {
  readonly #viewer: HTMLElement;
  #placed: readonly PlacedNote[] = [];
  #chosen: string | null = null;
  #rotation = 0;

  constructor(viewer: HTMLElement) {
    this.#viewer = viewer;
  }

  draw(placed: readonly PlacedNote[], chosen: string | null, rotation: number): void {
    this.#placed = placed;
    this.#chosen = chosen;
    this.#rotation = rotation;
    for (const page of this.#viewer.querySelectorAll<HTMLElement>(".page[data-loaded]"))
      this.attach(Number(page.dataset.pageNumber));
  }

  /** Puts a page's marks over it, after pdf.js has drawn the page anew. */
  attach(number: number): void {
    const page = drawnPage(number);
    if (page === null) return;
    page.querySelector(".note-marks")?.remove();
    const marks = this.#placed.flatMap(({ note, places }) =>
      places.filter(place => place.page === number).flatMap(place => this.#marks(note.id, place)),
    );
    if (marks.length === 0) return;
    const layer = document.createElement("div");
    layer.className = "note-marks";
    layer.setAttribute("aria-hidden", "true");
    layer.append(...marks);
    page.querySelector(".canvasWrapper")?.after(layer);
    page.querySelector(".pictures")?.after(layer);
  }

  /** The note whose passage is at a point of the screen. */
  at(x: number, y: number): Note | null {
    const page = document.elementFromPoint(x, y)?.closest(".page");
    const marks = [...(page?.querySelectorAll<HTMLElement>(".note-marks > span") ?? [])];
    const mark = marks.find(element => reaches(element.getBoundingClientRect(), x, y, 0));
    return this.#placed.find(({ note }) => note.id === mark?.dataset.note)?.note ?? null;
  }

  #marks(id: string, place: Place): HTMLElement[] {
    return place.boxes.map(box => {
      const mark = boxElement(turned(box, this.#rotation));
      mark.dataset.note = id;
      mark.classList.toggle("chosen", id === this.#chosen);
      return mark;
    });
  }
}
