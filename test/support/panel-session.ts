import assert from "node:assert/strict";
import type { SourceError } from "../../src/runtime/live/source-error.ts";
import type { LiveModel, OpenRequest } from "../../src/runtime/live/types.ts";
import { PanelSession } from "../../src/runtime/panel/session.ts";
import type { PanelTarget } from "../../src/runtime/panel/target.ts";
import type { PanelState } from "../../src/shared/panel-state.ts";
import type { AttentionDocument, AttentionRole, PanelDocument } from "../../src/shared/protocol/component.ts";
import { attentionTrace } from "./attention-trace.ts";
import { EvaluatedModel } from "./evaluated-model.ts";

export const FILE = "/model.py";
export const PROMPT = "the animal did not cross the street";
export const LENGTH = 7;

export const STATE: PanelState = {
  version: 1,
  component: "self-attention",
  source: null,
  model: null,
  module: null,
  prompt: PROMPT,
  head: 0,
  cell: null,
  step: null,
  interventions: [],
};

export function target(overlay?: Readonly<Record<string, string>>): PanelTarget {
  return {
    open: { source: FILE, class: "Model", checkpoint: "/checkpoint", transformers: null, overlay },
    model: { id: "tiny", label: "Tiny" },
    examplePrompt: "one two three",
  };
}

/** A session whose models come from a text that is a list of options. */
export function panel() {
  const opened: EvaluatedModel[] = [];
  let failing: SourceError | null = null;
  const session = new PanelSession({
    async open(request: OpenRequest, signal: AbortSignal): Promise<LiveModel> {
      await new Promise(resolve => setImmediate(resolve));
      signal.throwIfAborted();
      if (failing) throw failing;
      const text = request.overlay?.[FILE] ?? "scaled";
      const trace = attentionTrace({
        heads: 4,
        keyValueHeads: 2,
        scale: text === "scaled" ? "scores" : "none",
        sha256: text,
      });
      const model = new EvaluatedModel(trace);
      opened.push(model);
      return model;
    },
    readText: async () => Array.from({ length: 60 }, (_, i) => `    line_${i + 1}()`).join("\n"),
  });
  return {
    session,
    opened,
    fail: (error: SourceError | null) => {
      failing = error;
    },
    show: (state: PanelState = STATE, overlay?: Readonly<Record<string, string>>) =>
      session.show(target(overlay), state, new AbortController().signal),
  };
}

export function attention(document: PanelDocument): AttentionDocument {
  assert.equal(document.failure, null);
  assert.equal(document.view?.kind, "attention");
  return document.view as AttentionDocument;
}

export function figure(document: PanelDocument, role: AttentionRole) {
  const found = attention(document).figures.find(each => each.role === role);
  assert.ok(found, `${role} is missing`);
  return found;
}

export const data = (buffer: ArrayBuffer) => new Float32Array(buffer);
