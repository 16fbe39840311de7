/** What must hold on a network before anything is deployed there: everything is read, nothing is written. */
import { Contract, formatEther, type Provider } from "ethers";
import { formatDecimal } from "../../sdk/units.ts";
import type { FeedTerms, HouseConfig, TokenTerms } from "../config/types.ts";

/** More than any deployment of ours used; test/deploy/network.test.ts measures it. */
export const GAS_BUDGET = 150_000_000n;

const FEED = [
  "function description() view returns (string)",
  "function decimals() view returns (uint8)",
  "function latestRoundData() view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80)",
];
const TOKEN = ["function decimals() view returns (uint8)", "function symbol() view returns (string)"];
const PRICE_DECIMALS = 8;

/** A network that is not what the parameters say. `problems` are sentences for people. */
export class PreflightError extends Error {
  override readonly name = "PreflightError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

export interface Preflight {
  readonly provider: Provider;
  readonly config: HouseConfig;
  readonly chainId: number;
  /** Who pays for the deployment; nobody in a dry run. */
  readonly deployer?: string;
}

/** Throws a PreflightError with every problem at once. */
export async function requireReady(request: Preflight): Promise<void> {
  const problems = await preflightProblems(request);
  if (problems.length > 0) throw new PreflightError(problems);
}

export async function preflightProblems({ provider, config, chainId, deployer }: Preflight): Promise<string[]> {
  const network = await provider.getNetwork();
  if (network.chainId !== BigInt(chainId)) {
    return [`The node is on chain ${network.chainId}, but the parameters are for chain ${chainId}.`];
  }
  const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
  const feeds = [config.cashFeed, ...config.underlyings.map(({ feed }) => feed)];
  const tokens = [config.cash, ...config.collaterals];
  const found = await Promise.all([
    ...feeds.map((feed) => feedProblems(provider, feed, now)),
    ...tokens.map((token) => tokenProblems(provider, token)),
    deployer === undefined ? [] : balanceProblems(provider, deployer),
  ]);
  return found.flat();
}

async function feedProblems(provider: Provider, feed: FeedTerms, now: number): Promise<string[]> {
  const name = `The feed ${feed.description} at ${feed.address}`;
  if ((await provider.getCode(feed.address)) === "0x") return [`${name} has no code.`];
  const contract = new Contract(feed.address, FEED, provider);
  try {
    const description = (await contract.getFunction("description").staticCall()) as string;
    if (description !== feed.description) return [`${name} describes itself as "${description}".`];
    const decimals = Number(await contract.getFunction("decimals").staticCall());
    if (decimals !== feed.decimals) return [`${name} has ${decimals} decimals, not ${feed.decimals}.`];
    const round = (await contract.getFunction("latestRoundData").staticCall()) as unknown as {
      answer: bigint;
      updatedAt: bigint;
    };
    const problems: string[] = [];
    const age = now - Number(round.updatedAt);
    if (age > feed.heartbeat) problems.push(`${name} answered ${age} s ago; its heartbeat is ${feed.heartbeat} s.`);
    const price = (round.answer * 10n ** BigInt(PRICE_DECIMALS)) / 10n ** BigInt(decimals);
    if (price < feed.minPrice || price > feed.maxPrice) {
      problems.push(`${name} answers ${formatDecimal(price, PRICE_DECIMALS)}, which is outside its bounds.`);
    }
    return problems;
  } catch (error) {
    return [`${name} cannot be read: ${reason(error)}.`];
  }
}

async function tokenProblems(provider: Provider, { symbol, token, decimals }: TokenTerms): Promise<string[]> {
  if ("deploy" in token) return [];
  const name = `The token ${symbol} at ${token.address}`;
  if ((await provider.getCode(token.address)) === "0x") return [`${name} has no code.`];
  try {
    const given = Number(await new Contract(token.address, TOKEN, provider).getFunction("decimals").staticCall());
    return given === decimals ? [] : [`${name} has ${given} decimals, not ${decimals}.`];
  } catch (error) {
    return [`${name} cannot be read: ${reason(error)}.`];
  }
}

async function balanceProblems(provider: Provider, deployer: string): Promise<string[]> {
  const [balance, { maxFeePerGas, gasPrice }] = await Promise.all([
    provider.getBalance(deployer),
    provider.getFeeData(),
  ]);
  const needed = GAS_BUDGET * (maxFeePerGas ?? gasPrice ?? 0n);
  if (balance >= needed) return [];
  return [
    `The deployer ${deployer} has ${formatEther(balance)} ETH; ${formatEther(needed)} ETH may be needed at today's gas price.`,
  ];
}

const reason = (error: unknown): string =>
  (error as { shortMessage?: string }).shortMessage ?? (error as Error).message;
