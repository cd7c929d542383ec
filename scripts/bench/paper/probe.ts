/** Runs in a page before anything of its own: what can be seen of any pdf.js viewer from outside. */
interface Probe {
  /** When page 1 was on the screen, ms after the navigation began. */
  readonly firstPage: Promise<number>;
  /** Lengths of the tasks of more than 50 ms since the page began, ms. */
  readonly longTasks: number[];
  /** Scrolls through the whole paper, `step` CSS pixels a frame, and returns how long each frame took, ms. */
  scrollThrough(step: number): Promise<number[]>;
}

declare global {
  interface Window {
    probe: Probe;
    /** Of our page: resolves when the whole paper has been linked. */
    linked?: Promise<void>;
  }
}

const longTasks: number[] = [];
new PerformanceObserver(list => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe(
  {
    type: "longtask",
    buffered: true,
  },
);

window.probe = { firstPage: firstPage(), longTasks, scrollThrough };

/** pdf.js marks a page that is being drawn with a class, and takes it away when the page is drawn. */
function firstPage(): Promise<number> {
  return new Promise(resolve => {
    let drawing = false;
    const observer = new MutationObserver(() => {
      const page = document.querySelector('.page[data-page-number="1"]');
      if (page === null) return;
      const draws = page.classList.contains("loadingIcon");
      if (drawing && !draws && page.querySelector("canvas") !== null) {
        observer.disconnect();
        // The frame after the next has it on the screen.
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      }
      drawing ||= draws;
    });
    observer.observe(document, { subtree: true, childList: true, attributeFilter: ["class"] });
  });
}

async function scrollThrough(step: number): Promise<number[]> {
  const pages = document.querySelector(".pages")!;
  const frames: number[] = [];
  let before = await frame();
  while (pages.scrollTop + pages.clientHeight < pages.scrollHeight - 1) {
    pages.scrollTop += step;
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  return frames;
}

function frame(): Promise<number> {
  return new Promise(resolve => requestAnimationFrame(resolve));
}

export type { Probe };
