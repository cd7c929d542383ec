import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { exchange } from "../../../src/runtime/models/connection.ts";
import { useProxies } from "../../../src/runtime/models/proxies.ts";

/** A proxy that answers with its name, whether it is asked itself or through a tunnel (RFC 9112, 3.2.2 and 3.2.3). */
function namedProxy(name: string) {
  const server = createServer((_request, response) => response.end(name));
  server.on("connect", (_request, socket) => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`));
    socket.on("error", () => undefined);
  });
  return server;
}

describe("the proxy that the environment names", () => {
  const servers = { lower: namedProxy("lower"), upper: namedProxy("upper"), all: namedProxy("all") };
  const address = { lower: "", upper: "", all: "" };
  before(async () => {
    for (const name of ["lower", "upper", "all"] as const) {
      await new Promise<void>(resolve => servers[name].listen(0, "127.0.0.1", resolve));
      address[name] = `http://127.0.0.1:${(servers[name].address() as AddressInfo).port}`;
    }
  });
  after(() => {
    for (const server of Object.values(servers)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** Who answers a request to a site that only a proxy knows. */
  async function answering(environment: Record<string, string>): Promise<string> {
    const restore = useProxies(environment);
    let text = "";
    try {
      await exchange({
        url: "http://hub.invalid/",
        headers: { connection: "close" },
        begin: async () => undefined,
        take: async chunk => {
          text += Buffer.from(chunk).toString();
        },
      });
    } finally {
      restore();
    }
    return text;
  }

  it("is the scheme's own, in lower case first, else the one for all", async () => {
    const { lower, upper, all } = address;
    assert.equal(await answering({ http_proxy: lower, HTTP_PROXY: upper, ALL_PROXY: all }), "lower");
    assert.equal(await answering({ HTTP_PROXY: upper, all_proxy: all }), "upper");
    assert.equal(await answering({ http_proxy: "", HTTPS_PROXY: upper, ALL_PROXY: all }), "all");
    assert.equal(await answering({ all_proxy: lower, ALL_PROXY: all }), "lower");
    await assert.rejects(answering({ ALL_PROXY: all, no_proxy: "hub.invalid" }), /hub\.invalid/);
  });

  it("is refused by its variable where it is no address, without what may be a password", () => {
    assert.throws(
      () => useProxies({ HTTPS_PROXY: "foo" }),
      /^Error: HTTPS_PROXY is foo, which is no address of a proxy .* such as http:\/\/proxy\.example:8080/,
    );
    assert.throws(() => useProxies({ all_proxy: "socks5://127.0.0.1:1" }), /all_proxy is socks5:/);
    assert.throws(() => useProxies({ http_proxy: "me:secret@foo:80" }), /http_proxy is …@foo:80, which/);
    // What is not used is not looked at.
    assert.doesNotThrow(() =>
      useProxies({ HTTP_PROXY: address.upper, https_proxy: address.all, ALL_PROXY: "socks5://x:1" })(),
    );
  });
});
