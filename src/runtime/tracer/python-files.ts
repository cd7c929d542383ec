import { readdirSync } from "node:fs";

/** The Python files below a folder, relative, with forward slashes, sorted. */
export function pythonFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map(file => file.replaceAll("\\", "/"))
    .filter(file => file.endsWith(".py") && !file.includes("__pycache__"))
    .sort();
}
