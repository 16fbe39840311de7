/** The whole audit of one house at one block: what its events tell against what it stores, and the identities of what it stores. */
import { type AuditedHouse, firstBlock, type Progress, readStored, replayEvents } from "./chain.ts";
import { compare, type Comparison } from "./compare.ts";
import { type AuditLine, auditLive } from "./identities.ts";

export interface AuditReport {
  readonly clearingHouse: string;
  readonly fromBlock: number;
  readonly block: number;
  readonly accounts: number;
  readonly instruments: number;
  readonly ok: boolean;
  readonly badDebt: bigint;
  readonly comparisons: readonly Comparison[];
  readonly identities: readonly AuditLine[];
}

export interface AuditRequest {
  readonly house: AuditedHouse;
  /** The block of the deployment; looked for unless told. */
  readonly fromBlock?: number;
  readonly blockRange?: number;
  readonly onProgress?: Progress;
}

const DEFAULT_BLOCK_RANGE = 5_000;

export async function runAudit(request: AuditRequest): Promise<AuditReport> {
  const { house, blockRange = DEFAULT_BLOCK_RANGE, onProgress = () => {} } = request;
  const block = await house.caller.getBlockNumber();
  const fromBlock = request.fromBlock ?? (await firstBlock(house, block));
  const books = await replayEvents(house, { fromBlock, toBlock: block, blockRange }, onProgress);
  const stored = await readStored(house, books, block, onProgress);
  const comparisons = compare(books, stored);
  const { lines: identities, badDebt } = auditLive(stored.ledger);
  return {
    clearingHouse: house.addresses.clearingHouse,
    fromBlock,
    block,
    accounts: stored.accounts.length,
    instruments: books.instruments.size,
    ok: [...comparisons, ...identities].every(({ holds }) => holds),
    badDebt,
    comparisons,
    identities,
  };
}
