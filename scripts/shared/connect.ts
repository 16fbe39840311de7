/** A connection to a node for commands. */
import { FetchRequest, JsonRpcProvider } from "ethers";

const ANSWER_WITHIN = 30_000;

/** Nobody answers. Its message is a sentence. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

/** Ends with a sentence instead of trying for ever, as ethers does, when nobody answers. */
export async function connect(rpc: string): Promise<{ provider: JsonRpcProvider; chainId: bigint }> {
  const request = new FetchRequest(rpc);
  request.timeout = ANSWER_WITHIN;
  const probe = new FetchRequest(rpc);
  probe.timeout = ANSWER_WITHIN;
  probe.body = { jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] };
  try {
    const answer = (await probe.send()).bodyJson as { result: string };
    const chainId = BigInt(answer.result);
    return { provider: new JsonRpcProvider(request, chainId, { staticNetwork: true }), chainId };
  } catch {
    throw new ConnectionError(`Nobody answers at ${rpc}, or it is not a node.`);
  }
}
