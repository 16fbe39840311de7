/** A local chain behind HTTP: what a node would be, within the process and closed at once. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { EthereumProvider } from "hardhat/types/providers";

interface RpcRequest {
  readonly id: number | string;
  readonly method: string;
  readonly params?: unknown[];
}

export interface RpcServer {
  readonly url: string;
  readonly close: () => void;
}

export async function serveRpc(provider: EthereumProvider): Promise<RpcServer> {
  const answer = async ({ id, method, params = [] }: RpcRequest) => {
    try {
      return { jsonrpc: "2.0", id, result: (await provider.request({ method, params })) as unknown };
    } catch (error) {
      const { code = -32_000, message, data } = error as { code?: number; message: string; data?: unknown };
      return { jsonrpc: "2.0", id, error: { code, message, data } };
    }
  };
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const call = JSON.parse(body) as RpcRequest | RpcRequest[];
      const result = Array.isArray(call) ? await Promise.all(call.map(answer)) : await answer(call);
      response.setHeader("content-type", "application/json").end(JSON.stringify(result));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
