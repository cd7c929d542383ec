// Writes THIRD_PARTY_NOTICES.md: every package that is shipped, with its licence text.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "./project.ts";

interface LockedPackage {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  license?: string;
}

const lock = JSON.parse(readFileSync(join(projectDirectory, "package-lock.json"), "utf8")) as {
  packages: Record<string, LockedPackage>;
};

const sections = Object.entries(lock.packages)
  .filter(([path, entry]) => path !== "" && !entry.dev && existsSync(join(projectDirectory, path)))
  .map(([path, entry]) => {
    const directory = join(projectDirectory, path);
    const manifest = JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as {
      license?: string;
    };
    const licence = readdirSync(directory).find(name => /^(licen[cs]e|copying)/i.test(name));
    const text = licence ? readFileSync(join(directory, licence), "utf8").trim() : "";
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    return `## ${name} ${entry.version}\n\nLicence: ${manifest.license ?? entry.license ?? "see its package"}\n\n${text ? `\`\`\`\n${text}\n\`\`\`\n` : ""}`;
  });

writeFileSync(
  join(projectDirectory, "THIRD_PARTY_NOTICES.md"),
  `# Third-party notices\n\nPapertrace is built with these packages. Written by \`node scripts/notices.ts\`.\n\n${[...new Set(sections)].join("\n")}`,
);
