/** What survives a restart: how far the chain was read, which accounts there are, and what was sent and is not in a block yet. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { ConfigError } from "./config.ts";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/);

const schema = z
  .object({
    version: z.literal(1),
    chainId: z.number().int(),
    clearingHouse: z.string(),
    /** Blocks that were read, oldest first. */
    checkpoints: z.array(z.object({ number: z.number().int().nonnegative(), hash }).strict()),
    accounts: z.array(hash),
    /** Accounts whose liquidation clock runs. */
    flagged: z.array(hash),
    inFlight: z.array(
      z
        .object({
          nonce: z.number().int().nonnegative(),
          job: z.string(),
          label: z.string(),
          to: z.string(),
          data: z.string(),
          gasLimit: z.string(),
          maxFeePerGas: z.string(),
          maxPriorityFeePerGas: z.string(),
          hashes: z.array(hash),
        })
        .strict(),
    ),
  })
  .strict();

export type KeeperState = z.output<typeof schema>;
export type SavedTransaction = KeeperState["inFlight"][number];

/** Whose state it is. */
export type House = Pick<KeeperState, "chainId" | "clearingHouse">;

export const emptyState = (house: House): KeeperState => ({
  version: 1,
  ...house,
  checkpoints: [],
  accounts: [],
  flagged: [],
  inFlight: [],
});

/** The state of the file, or an empty one where there is none. */
export function loadState(path: string, house: House): KeeperState {
  if (!existsSync(path)) return emptyState(house);
  const state = parse(path);
  if (state.chainId !== house.chainId || state.clearingHouse !== house.clearingHouse) {
    throw new ConfigError(
      `${path} belongs to clearing house ${state.clearingHouse} on chain ${state.chainId}, not to ` +
        `${house.clearingHouse} on chain ${house.chainId}. Give another stateFile.`,
    );
  }
  return state;
}

/** A crash while writing leaves the old file. */
export function saveState(path: string, state: KeeperState): void {
  const draft = `${path}.tmp`;
  writeFileSync(draft, JSON.stringify(state));
  renameSync(draft, path);
}

function parse(path: string): KeeperState {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    throw new ConfigError(
      `${path} is not a state file of this version. Remove it: everything in it can be read again.`,
    );
  }
}
