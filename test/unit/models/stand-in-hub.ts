import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the stand-in does for one path; `attempt` counts the requests for it from 0. */
export type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

export interface StandInHub {
  readonly address: string;
  /** Every request so far: path without its query, and the headers that matter for resuming and for access. */
  readonly requests: {
    path: string;
    range: string | undefined;
    ifRange: string | undefined;
    authorization: string | undefined;
  }[];
  /** By path. */
  answers: Record<string, Answer>;
  close(): Promise<void>;
}

/** A server on this machine that answers as the hub and the package index do, or as badly as a test wants. */
export async function startHub(answers: Record<string, Answer> = {}): Promise<StandInHub> {
  const attempts = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://localhost").pathname;
    const attempt = attempts.get(path) ?? 0;
    attempts.set(path, attempt + 1);
    hub.requests.push({
      path,
      range: request.headers.range,
      ifRange: request.headers["if-range"] as string | undefined,
      authorization: request.headers.authorization,
    });
    const answer = hub.answers[path];
    if (answer) answer(request, response, attempt);
    else response.writeHead(404).end("not here");
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const hub: StandInHub = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    answers,
    close: () => {
      server.closeAllConnections();
      return new Promise(resolve => server.close(() => resolve()));
    },
  };
  return hub;
}

/** Serves bytes with an ETag, and ranges of them where If-Range agrees. */
export function serve(content: Uint8Array, etag: string | null = '"v1"'): Answer {
  return (request, response) => {
    const tag = etag === null ? {} : { etag };
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const condition = request.headers["if-range"];
    if (start === 0 || (condition !== undefined && condition !== etag)) {
      response.writeHead(200, { ...tag, "content-length": content.length }).end(content);
    } else if (start >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
    } else {
      const range = `bytes ${start}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { ...tag, "content-length": content.length - start, "content-range": range });
      response.end(content.subarray(start));
    }
  };
}

/** Sends the first `bytes` bytes; the connection is cut when `cut` is called, once they have arrived. */
export function cutAfter(
  content: Uint8Array,
  bytes: number,
): { answer: Answer; cut: (received: number) => void } {
  let open: ServerResponse | null = null;
  return {
    answer: (_request, response) => {
      open = response;
      response.writeHead(200, { etag: '"v1"', "content-length": content.length });
      response.write(content.subarray(0, bytes));
    },
    cut: received => {
      if (received === bytes) open?.destroy();
    },
  };
}

/** The answers of successive requests; the last one stays. */
export function inTurn(...answers: Answer[]): Answer {
  return (request, response, attempt) =>
    answers[Math.min(attempt, answers.length - 1)]!(request, response, attempt);
}

export function redirect(location: string): Answer {
  return (_request, response) => void response.writeHead(302, { location }).end();
}

/** A repository of the hub: large files are known by SHA-256, the others by git's name of their content. */
export interface StandInRepository {
  readonly id: string;
  readonly commit: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
  readonly large?: (name: string) => boolean;
}

/** What the hub answers for a repository: its commit, its files with their hashes, and their bytes. */
export function repository({
  id,
  commit,
  files,
  large = isWeights,
}: StandInRepository): Record<string, Answer> {
  const entries = Object.entries(files).map(([path, content]) => ({
    type: "file",
    path,
    size: content.length,
    oid: createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex"),
    ...(large(path)
      ? {
          lfs: {
            oid: createHash("sha256").update(content).digest("hex"),
            size: content.length,
            pointerSize: 130,
          },
        }
      : {}),
  }));
  const answers: Record<string, Answer> = {
    [`/api/models/${id}/revision/main`]: json({ _id: "1", id, sha: commit, lastModified: "2026-01-01" }),
    [`/api/models/${id}/tree/${commit}`]: json(entries),
  };
  for (const [path, content] of Object.entries(files)) {
    // The hub answers for large files with a redirect to a store.
    answers[`/${id}/resolve/${commit}/${path}`] = large(path) ? redirect(`/store/${path}`) : serve(content);
    answers[`/store/${path}`] = serve(content);
  }
  return answers;
}

export function json(value: unknown, status = 200): Answer {
  return (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
  };
}

function isWeights(name: string): boolean {
  return name.endsWith(".safetensors");
}
