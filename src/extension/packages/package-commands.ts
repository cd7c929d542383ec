import * as vscode from "vscode";
import { packageToGet } from "../../runtime/packages/absent.ts";
import { getPackage } from "../../runtime/packages/get.ts";
import { isPresentIn } from "../../runtime/packages/installed.ts";
import { inOneLine, type PackagePlan, planPackages } from "../../runtime/packages/plan.ts";
import type { PackageRelease } from "../../runtime/packages/releases.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { registerCommand } from "../commands/register.ts";
import { agreesToDownload } from "../download-consent.ts";
import { commandIds } from "../ids.ts";
import type { PackageRow } from "../models/models-view.ts";
import { withProgress } from "../progress.ts";
import type { TargetWorld } from "../source/target.ts";
import type { BackgroundTraces } from "../tracing/background-traces.ts";
import { requireTrust } from "../trust.ts";
import type { PackageLibrary } from "./package-library.ts";

/** A small one that many sources import. */
const examplePackage = "einops";

/** "Get a Python Package…" and "Remove a Python Package…". */
export function registerPackageCommands(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  library: PackageLibrary,
  traces: BackgroundTraces,
  world: TargetWorld,
): void {
  registerCommand(context, log, commandIds.getPackage, async (asked?: unknown) => {
    if (!requireTrust()) return;
    const name = typeof asked === "string" ? asked : await askForName(missingHere(traces));
    if (name !== undefined) await getWithConsent(name, library, world);
  });
  registerCommand(context, log, commandIds.removePackage, async (row?: PackageRow) => {
    const name = row?.kind === "package" ? row.package.name : await pickInstalled(library);
    if (name === undefined) return;
    const remove = t("Remove");
    const detail = t("Sources that import it are traced without it again. It can be got again later.");
    const message = t("Remove {0} from this machine?", name);
    if ((await vscode.window.showWarningMessage(message, { modal: true, detail }, remove)) === remove)
      await library.remove(name);
  });
}

/** Asks the index, then the reader, and brings the package with what it needs; what comes of it is traced by itself. */
async function getWithConsent(typed: string, library: PackageLibrary, world: TargetWorld): Promise<void> {
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  const file = (activeTextEditor ?? visibleTextEditors[0])?.document.uri.fsPath ?? "";
  const isPresent = isPresentIn(await world.packages(file));
  await getPackage(typed, isPresent, async wanted => {
    const name = wanted[0]!.name;
    const plan = await withProgress(t("Asking for {0}", name), (_, signal) =>
      planPackages(wanted, isPresent, { signal }),
    );
    if (!plan || plan.releases.length === 0) return null;
    if (!(await agreesToDownload(question(plan), details(plan)))) return null;
    const installed = await withProgress(t("Getting {0}", name), (report, signal) =>
      library.add(plan.releases, report, signal),
    );
    return installed ? { plan, installed } : null;
  });
}

function question({ releases: [first, ...more] }: PackagePlan): string {
  const named = `${first!.name} ${first!.version}`;
  return more.length === 0
    ? t("Get the Python package {0}?", named)
    : t("Get the Python package {0} and {1} more that it needs?", named, more.length);
}

function details({ from, releases, leftOut }: PackagePlan): string {
  const [first] = releases as readonly [PackageRelease, ...PackageRelease[]];
  const bytes = releases.reduce((sum, { wheel }) => sum + wheel.bytes, 0);
  const lines = [
    ...(first.about?.summary ? [first.about.summary] : []),
    t(
      "{0} are downloaded from {1}, checked by their SHA-256 and unpacked into Papertrace's cache. The package runs in traces alone, shut in as your source is; no Python environment changes.",
      fileSize(bytes),
      from,
    ),
    releases.map(inOneLine).join("\n"),
    ...(first.about === null
      ? [t("{0} does not say before the download what it needs: you are asked again.", from)]
      : []),
    ...(leftOut.length > 0
      ? [
          t(
            "Left out, for there is no release of Python alone: {0}",
            leftOut.map(each => each.name).join(", "),
          ),
        ]
      : []),
  ];
  return lines.join("\n\n");
}

/** The first package that the source in front lacks and that can be got. */
function missingHere(traces: BackgroundTraces): string | undefined {
  const document = vscode.window.activeTextEditor?.document;
  const problems = (document && traces.of(document)?.problems) ?? [];
  return problems.map(each => packageToGet(each.package)).find(name => name !== null) ?? undefined;
}

async function askForName(proposed: string | undefined): Promise<string | undefined> {
  const typed = await vscode.window.showInputBox({
    title: t("Get a Python Package"),
    prompt: t("The package that a source imports. Nothing is downloaded before you confirm."),
    placeHolder: examplePackage,
    ...(proposed === undefined ? {} : { value: proposed }),
    validateInput: text =>
      /^[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/.test(text.trim()) ? null : t("Write one name, as pip takes it."),
  });
  return typed?.trim();
}

async function pickInstalled(library: PackageLibrary): Promise<string | undefined> {
  const packages = await library.list();
  if (packages.length === 0) {
    void vscode.window.showInformationMessage(t("No Python package was got for traces."));
    return undefined;
  }
  const items = packages.map(({ name, version, bytes }) => ({
    label: name,
    description: `${version} · ${fileSize(bytes)}`,
  }));
  return (await vscode.window.showQuickPick(items, { title: t("Remove a Python Package") }))?.label;
}
