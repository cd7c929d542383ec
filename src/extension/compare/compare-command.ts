import { basename } from "node:path";
import * as vscode from "vscode";
import { compareWithPyTorch } from "../../runtime/compare/pytorch.ts";
import { panelInputs } from "../../runtime/panel/inputs.ts";
import { t } from "../../shared/l10n.ts";
import { registerCommand } from "../commands/register.ts";
import type { ComponentPanels } from "../component/component-panels.ts";
import { commandIds } from "../ids.ts";
import { withProgress } from "../progress.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { unsavedText } from "../source/python-source.ts";
import { resolveTarget, type TargetWorld } from "../source/target.ts";
import { requireTrust } from "../trust.ts";
import { ComparisonView } from "./comparison-view.ts";
import { chosenInterpreter } from "./interpreter.ts";

/** "Compare with PyTorch": what the panel in use shows, run by the reader's own Python too. */
export function registerCompareCommand(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  runtime: Runtime,
  panels: ComponentPanels,
  world: TargetWorld,
): void {
  const view = new ComparisonView();
  context.subscriptions.push(view);
  registerCommand(context, log, commandIds.compareWithPyTorch, async () => {
    if (!requireTrust()) return;
    const state = panels.current?.state;
    if (!state) {
      void vscode.window.showInformationMessage(
        t("Open a component panel first; what it runs is compared with PyTorch."),
      );
      return;
    }
    const target = await resolveTarget(state, unsavedText(), world);
    const python = await chosenInterpreter(context.workspaceState, target.open.source);
    if (python === null) return;
    const title = t("Comparing {0} with PyTorch", target.open.class);
    const comparison = await withProgress(title, async (report, signal) => {
      const model = await runtime.open(target.open, signal);
      const prompt = state.prompt === "" ? target.examplePrompt : state.prompt;
      const { inputs } = await panelInputs(model, prompt, target.decoderStart ?? 0).finally(() =>
        model.dispose(),
      );
      return await compareWithPyTorch(target.open, inputs, {
        open: (request, abort) => runtime.open(request, abort ?? signal),
        python,
        signal,
        onProgress: (message, fraction) => report({ message, fraction }),
        log: line => log.debug(line),
      });
    });
    if (comparison) await view.show(comparison, `${target.open.class} · ${basename(target.open.source)}`);
  });
}
