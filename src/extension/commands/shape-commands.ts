import * as v from "valibot";
import * as vscode from "vscode";
import { t } from "../../shared/l10n.ts";
import type { Trace } from "../../shared/trace.ts";
import { commandIds, settingIds } from "../ids.ts";
import type { ChosenLayers } from "../python/chosen-layers.ts";
import { parametersOf, type ShapesOnScreen } from "../python/screen-shapes.ts";
import type { ShownPlace } from "../python/shown-shapes.ts";
import { layerIn } from "../python/traced-source.ts";
import { settings, writeSetting } from "../settings.ts";
import { type Example, formatInput } from "../source/example.ts";
import type { Examples } from "../source/examples.ts";
import { sourceLine, sourceOf, unsavedText } from "../source/python-source.ts";
import { shapeTargets } from "../source/shape-targets.ts";
import type { TargetWorld } from "../source/target.ts";
import type { SourceState } from "../tracing/background-traces.ts";
import { whyNoWeight } from "../weights/no-weight.ts";
import type { WeightOpener } from "../weights/weight-places.ts";
import { registerCommand } from "./register.ts";

const layerSchema = v.object({ file: v.string(), layers: v.array(v.number()) });
const exampleSchema = v.object({ file: v.string(), class: v.optional(v.string()) });
const weightSchema = v.object({ file: v.string(), names: v.array(v.string()) });

/** What belongs to shapes in the editor: which layer, which example, which weights, shown or not. */
export function registerShapeCommands(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  screen: ShapesOnScreen,
  layers: ChosenLayers,
  examples: Examples,
  weights: WeightOpener,
  world: TargetWorld,
): void {
  registerCommand(context, log, commandIds.toggleInlayShapes, () =>
    writeSetting(settingIds.inlayShapes, settings.inlayShapes === "off" ? "names" : "off"),
  );
  registerCommand(context, log, commandIds.chooseLayer, async (asked?: unknown) => {
    const given = v.safeParse(layerSchema, asked);
    const here = given.success ? given.output : layersHere(screen);
    if (!here) return;
    const chosen = await vscode.window.showQuickPick(
      here.layers.map(layer => ({
        label: t("Layer {0}", layer),
        description: layer === layers.of(here.file) ? t("now") : "",
        layer,
      })),
      { title: t("Choose Layer"), placeHolder: t("The layer whose shapes and values the editor shows") },
    );
    if (chosen) layers.choose(here.file, chosen.layer);
  });
  registerCommand(context, log, commandIds.editExample, async (asked?: unknown) => {
    const given = v.safeParse(exampleSchema, asked);
    const document = documentOf(given.success ? given.output.file : null);
    const file = given.success ? given.output.file : document ? sourceOf(document)?.file : undefined;
    if (file === undefined) {
      void vscode.window.showInformationMessage(
        t("Open a Python file that defines modules to give an example."),
      );
      return;
    }
    const state = document ? screen.stateOf(document) : null;
    const name = (given.success ? given.output.class : undefined) ?? (await pickClass(file, state, world));
    if (name) await examples.edit(file, name, await proposal(file, name, state, world));
  });
  registerCommand(context, log, commandIds.goToWeight, async (asked?: unknown) => {
    const { file, names } = asked === undefined ? weightsHere(screen, layers) : v.parse(weightSchema, asked);
    const document = documentOf(file);
    const state = document ? screen.stateOf(document) : null;
    const traces = state?.current?.shapes.traces ?? [];
    const has = (each: Trace, name: string) => each.parameters.some(parameter => parameter.name === name);
    const trace = traces.find(each => names.every(name => has(each, name))) ?? null;
    const parameters = trace?.parameters.filter(({ name }) => names.includes(name)) ?? [];
    if (parameters.length === 0) {
      const line = vscode.window.activeTextEditor?.selection.active.line ?? 0;
      void vscode.window.showInformationMessage(whyNoWeight(document, state, line));
      return;
    }
    const model = trace?.checkpoint ? await world.model(null) : null;
    await weights.open({ checkpoint: model?.folder ?? null, parameters, trace });
  });
}

function documentOf(file: string | null): vscode.TextDocument | undefined {
  if (file === null) return vscode.window.activeTextEditor?.document;
  return vscode.workspace.textDocuments.find(document => sourceOf(document)?.file === file);
}

function layersHere(screen: ShapesOnScreen): v.InferOutput<typeof layerSchema> | null {
  const document = vscode.window.activeTextEditor?.document;
  const state = document && screen.stateOf(document);
  const modules = state?.current?.shapes.traces.flatMap(trace => trace.modules) ?? [];
  const layers = [...new Set(modules.flatMap(({ path }) => layerIn(path) ?? []))].sort((a, b) => a - b);
  if (!state || layers.length === 0) {
    void vscode.window.showInformationMessage(
      t(
        "No layer of the file in front is known yet. Open the Python file of a model and try again when its shapes are shown.",
      ),
    );
    return null;
  }
  return { file: state.file, layers };
}

/** The weights that the line of the cursor makes, else those of the modules that it calls. */
function weightsHere(
  screen: ShapesOnScreen,
  layers: ChosenLayers,
): { readonly file: string | null; readonly names: readonly string[] } {
  const editor = vscode.window.activeTextEditor;
  const shown = editor && screen.of(editor.document);
  if (!editor || !shown) return { file: null, names: [] };
  const { source, places } = shown;
  const line = sourceLine(source, editor.document, editor.selection.active.line);
  const behind = (place: ShownPlace | null) =>
    parametersOf(shown, source, line, place, layers.of(source.file)).map(({ name }) => name);
  const made = behind(null);
  const called = places.filter(each => each.kind === "module" && each.line <= line && line <= each.endLine);
  return { file: source.file, names: made.length > 0 ? made : [...new Set(called.flatMap(behind))] };
}

/** A class of the source, with what it is built with now. */
async function pickClass(
  file: string,
  state: SourceState | null,
  world: TargetWorld,
): Promise<string | undefined> {
  const targets = await shapeTargets(file, unsavedText(), world);
  const chosen = await vscode.window.showQuickPick(
    targets.map(target => ({
      label: target.class,
      description: state?.current?.shapes.origins.get(target.class) ?? target.attempts[0]?.origin ?? "",
      detail: state?.problems.find(problem => problem.class === target.class)?.message,
    })),
    { title: t("Edit Example"), placeHolder: t("The class to build, and what it is built with now") },
  );
  return chosen?.label;
}

/** What the class is built with now, as an entry to edit. */
async function proposal(
  file: string,
  name: string,
  state: SourceState | null,
  world: TargetWorld,
): Promise<Example> {
  const targets = await shapeTargets(file, unsavedText(), world);
  const recipe =
    world.proven(file, name) ?? targets.find(target => target.class === name)?.attempts[0]?.recipe;
  const trace = state?.current?.shapes.traces.find(each => each.class === name);
  const inputs = trace?.values.flatMap(({ leaf, dtype, shape }) =>
    leaf?.kind === "input"
      ? [
          [
            leaf.name,
            formatInput({
              dtype,
              shape: shape.map(size =>
                typeof size === "number"
                  ? size
                  : { symbol: symbolOf(size.poly) ?? "batch_size", hint: size.hint },
              ),
            }),
          ] as const,
        ]
      : [],
  );
  return {
    construct: recipe?.open.construct ?? `${name}()`,
    inputs: inputs && inputs.length > 0 ? Object.fromEntries(inputs) : { x: "float32[batch, sequence, 64]" },
  };
}

function symbolOf(
  poly: readonly (readonly [number, readonly { readonly kind: string; readonly name?: string }[]])[],
): string | null {
  return poly[0]?.[1][0]?.name ?? null;
}
