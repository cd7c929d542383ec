import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** What is answered to a path that is no file's. */
export interface Served {
  readonly body: string | Uint8Array;
  readonly type: string;
}

export interface FileServer {
  /** `http://127.0.0.1:port` */
  readonly origin: string;
  close(): void;
}

/**
 * Serves files to a browser of this machine, which keeps none of them.
 * @param folders by the first part of a path.
 * @param answer what is not a file; null for a path that is.
 */
export async function serveFiles(
  folders: Readonly<Record<string, string>>,
  answer: (path: string, origin: string) => Served | null,
): Promise<FileServer> {
  const read = async (path: string): Promise<Served> => {
    const [, first = "", ...rest] = normalize(path).split("/");
    const folder = folders[first];
    if (folder === undefined) throw new Error(`${path} is not served`);
    const body = await readFile(join(folder, ...rest));
    return { body, type: TYPES[extname(path)] ?? "application/octet-stream" };
  };
  const server = createServer(async ({ url = "/", headers }, response) => {
    try {
      const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
      const { body, type } = answer(path, `http://${headers.host}`) ?? (await read(path));
      response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
