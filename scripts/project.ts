import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const projectDirectory = dirname(dirname(fileURLToPath(import.meta.url)));

/** What the scripts install for development, once: the VS Code server, a browser's data, unpacked wheels. */
export const cacheDirectory = join(projectDirectory, ".cache");
