import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { type Cache, userCache } from "../models/cache.ts";
import { progressLines } from "../models/progress.ts";
import { useProxies } from "../models/proxies.ts";
import { getPackage } from "../packages/get.ts";
import {
  type InstalledPackage,
  installPackage,
  isPresentIn,
  listPackages,
  packageFolders,
  removePackage,
} from "../packages/installed.ts";
import { inOneLine, planPackages } from "../packages/plan.ts";
import { type Command, type CommandIo, UsageError } from "./command.ts";

/** `papertrace packages`: Python packages for traces, without a Python. */
export const packagesCommand: Command = {
  name: "packages",
  usage: "packages [--json]\npackages add NAME [--json]\npackages remove NAME [--json]",
  async run(argv, io) {
    const json = argv.includes("--json");
    const [action, name, ...rest] = argv.filter(argument => argument !== "--json");
    const unknown = argv.find(argument => argument.startsWith("-") && argument !== "--json");
    if (unknown !== undefined) throw new UsageError(t("packages has no option {0}.", unknown));
    const cache = userCache(io.environment);
    if (action === undefined) {
      tell(await listPackages(cache), json, io);
      return 0;
    }
    if ((action !== "add" && action !== "remove") || name === undefined || rest.length > 0)
      throw new UsageError(t("packages takes “add NAME” or “remove NAME”, or nothing."));
    tell(action === "add" ? await add(name, cache, io) : [await removePackage(name, cache)], json, io);
    return 0;
  },
};

/** The package and what it needs, in the order in which they came. */
async function add(name: string, cache: Cache, io: CommandIo): Promise<readonly InstalledPackage[]> {
  const { environment, signal } = io;
  const options = { cache, environment, signal, onProgress: progressLines(line => io.err(line)) };
  const restore = useProxies(environment);
  try {
    return await getPackage(name, isPresentIn(packageFolders(cache)), async wanted => {
      const plan = await planPackages(wanted, isPresentIn(packageFolders(cache)), options);
      for (const release of plan.releases) io.err(inOneLine(release));
      for (const each of plan.leftOut) io.err(`${each.name}: ${each.reason}`);
      const installed: InstalledPackage[] = [];
      for (const release of plan.releases) installed.push(await installPackage(release, options));
      return { plan, installed };
    });
  } finally {
    restore();
  }
}

function tell(packages: readonly InstalledPackage[], json: boolean, io: CommandIo): void {
  if (json) {
    const plain = packages.map(({ name, version, folder, about, bytes }) => ({
      ...{ name, version, folder, bytes },
      licence: about.licence,
    }));
    io.out(JSON.stringify({ packages: plain }));
    return;
  }
  for (const { name, version, folder, about, bytes } of packages)
    io.out([name, version, fileSize(bytes), about.licence, folder].filter(Boolean).join("  "));
}
