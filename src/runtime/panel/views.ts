import { component as catalogueEntry, isComponentId } from "../../shared/catalogue/index.ts";
import type { AttentionDocument, GeneralDocument } from "../../shared/protocol/component.ts";
import type { Intervention, ValueRef } from "../../shared/run.ts";
import type { Trace } from "../../shared/trace.ts";
import type { DrawingRequest, TapResult } from "../live/types.ts";
import { type Attention, recogniseAttention } from "../recognise/attention.ts";
import {
  type Axes,
  attentionDocument,
  attentionDrawing,
  attentionPlaces,
  compareAttention,
} from "./attention-view.ts";
import { compareGeneral, generalDocument, moduleSummaries } from "./general-view.ts";
import { moduleValues } from "./module-values.ts";
import type { SourceTexts } from "./source-text.ts";
import { placeOf } from "./value-names.ts";

export type ViewDocument = AttentionDocument | GeneralDocument;

/** What to ask of a run, and how to draw its answer. */
export interface ViewPlan {
  readonly drawing?: DrawingRequest;
  readonly summaries: readonly ValueRef[];
  /** Places that are quoted. */
  readonly places: readonly (number | null)[];
  /** Where the component's source is entered. */
  readonly start: number | null;
  build(
    run: TapResult,
    axes: Axes,
    interventions: readonly Intervention[],
    sources: SourceTexts,
  ): ViewDocument;
}

/** How a module of a trace is shown as a component; where it has heads, one of them. */
export function planView(trace: Trace, component: string, path: string, head: number): ViewPlan {
  const wanted = isComponentId(component) ? catalogueEntry(component).view : "general";
  const attention =
    wanted === "attention"
      ? recogniseAttention(trace).find(each => each.dense && each.path === path)
      : undefined;
  return attention ? attentionPlan(trace, attention, head) : generalPlan(trace, path);
}

/** The numbers of an earlier document beside those of a new one of the same kind. */
export function compareViews(now: ViewDocument, earlier: ViewDocument): ViewDocument {
  if (now.kind === "attention" && earlier.kind === "attention") return compareAttention(now, earlier);
  if (now.kind === "general" && earlier.kind === "general") return compareGeneral(now, earlier);
  return now;
}

function attentionPlan(trace: Trace, attention: Attention, head: number): ViewPlan {
  return {
    drawing: attentionDrawing(trace, attention, head),
    summaries: [],
    places: attentionPlaces(trace, attention),
    start: placeOf(trace, attention.parts.scores.value),
    build: (run, axes, interventions, sources) =>
      attentionDocument(trace, attention, run.drawing!, axes, interventions, sources),
  };
}

function generalPlan(trace: Trace, path: string): ViewPlan {
  const places = moduleValues(trace, path).map(each => each.place);
  return {
    summaries: moduleSummaries(trace, path),
    places,
    start: places.find(place => place !== null) ?? null,
    build: (run, _axes, _interventions, sources) => generalDocument(trace, path, run, sources),
  };
}
