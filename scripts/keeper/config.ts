/** The keeper's configuration: one JSON file. The key is not in it but in the environment. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { getAddress, isAddress, isHexString } from "ethers";
import { z } from "zod";

/** The private key of the account that pays for gas and acts for the liquidator. */
export const KEY_VARIABLE = "COUNTERPOISE_KEEPER_KEY";

/** A configuration that cannot be used. The message says what to change. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const address = z
  .string()
  .refine((text) => isAddress(text), { message: "is not an address" })
  .transform((text) => getAddress(text));
const seconds = z.number().int().nonnegative();
const whole = z.number().int().positive();
const positive = z.number().positive();

const job = <T extends z.ZodRawShape>(intervalSeconds: number, shape: T) =>
  z
    .object({ enabled: z.boolean().default(true), intervalSeconds: seconds.default(intervalSeconds), ...shape })
    .strict();

const jobs = z
  .object({
    feeds: job(15, { deviationBps: z.number().int().min(1).default(25), maxLagSeconds: whole.default(900) }).default(
      {},
    ),
    funding: job(60, {}).default({}),
    interest: job(3_600, {}).default({}),
    settlement: job(3_600, {
      minUsd: positive.default(100),
      maxAccounts: whole.default(200),
      batchSize: whole.max(40).default(16),
    }).default({}),
    expiries: job(30, { batchSize: whole.max(40).default(16) }).default({}),
    liquidations: job(0, {
      minProfitUsd: z.number().nonnegative().default(1),
      nearBps: whole.default(50),
      maxAccounts: whole.default(32),
      refreshSeconds: whole.default(600),
      stopClocks: z.boolean().default(true),
      auctions: z.boolean().default(true),
    }).default({}),
    losses: job(300, {}).default({}),
    estimators: job(300, {}).default({}),
  })
  .strict()
  .default({});

const gas = z
  .object({
    /** Nothing is sent while the next block asks for more. */
    maxFeeGwei: positive,
    /** For the block's producer; what the node suggests unless told. */
    priorityFeeGwei: z.number().nonnegative().optional(),
    replaceAfterSeconds: whole.default(30),
    maxInFlight: whole.max(64).default(4),
    limitPercent: z.number().int().min(100).max(300).default(125),
    /** What gas is paid with: an underlying of the house, or a fixed price in USD. */
    native: z.union([z.object({ underlying: whole }).strict(), z.object({ usd: positive }).strict()]),
  })
  .strict();

const schema = z
  .object({
    rpc: z.string().url({ message: "is not a URL" }),
    chainId: whole,
    /** Addresses, where no deployment is known on the chain. */
    contracts: z
      .object({
        clearingHouse: address,
        liquidation: address,
        auction: address.optional(),
        registry: address,
        optionLens: address,
        volatility: address.optional(),
        correlation: address.optional(),
        depthBook: address.optional(),
      })
      .strict()
      .optional(),
    /** First block with events of the house; that of the deployment unless told. */
    fromBlock: z.number().int().nonnegative().optional(),
    /** The account that takes over what is liquidated. The key must be its owner's, or a delegate's that may trade. */
    liquidator: z.object({ owner: address, number: z.number().int().nonnegative().default(0) }).strict(),
    stateFile: z.string().min(1).default("keeper-state.json"),
    pollSeconds: positive.default(2),
    blockRange: whole.default(5_000),
    threads: whole.max(64).default(2),
    parametersSeconds: seconds.default(60),
    gas,
    metrics: z
      .object({ port: z.number().int().min(0).max(65_535) })
      .strict()
      .nullable()
      .default({ port: 9_464 }),
    logLevel: z.enum(["trace", "debug", "info", "warn", "error"]).default("info"),
    jobs,
  })
  .strict();

export type KeeperConfig = z.output<typeof schema>;

/** @param where Named in messages, and the folder that a relative state file is in. */
export function parseConfig(text: string, where: string): KeeperConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${where} is not JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join(".") || "(file)"}: ${message}`);
    throw new ConfigError(`${where} cannot be used:\n${lines.join("\n")}`);
  }
  return { ...parsed.data, stateFile: resolve(dirname(where), parsed.data.stateFile) };
}

export function readConfig(path: string): KeeperConfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new ConfigError(`${path} cannot be read. Give the file with --config; docs/keeper.md has an example.`);
  }
  return parseConfig(text, path);
}

/** The key of the environment. Never part of a message. */
export function readKey(environment: Readonly<Record<string, string | undefined>>): string {
  const key = environment[KEY_VARIABLE];
  if (key === undefined || key === "") {
    throw new ConfigError(`Set ${KEY_VARIABLE} to the private key that sends transactions, or use --dry-run.`);
  }
  if (!isHexString(key, 32)) throw new ConfigError(`${KEY_VARIABLE} is not a private key: 0x and 64 hex digits.`);
  return key;
}
