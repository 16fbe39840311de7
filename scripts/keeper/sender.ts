/**
 * The one way to the chain: what is sent was tried out before, has the next nonce, and costs no more than it is worth. A transaction
 * that no block takes is sent again with a higher fee, or cancelled once it would fail.
 */
import type { JsonRpcProvider, TransactionReceipt, Wallet } from "ethers";
import type { Call } from "../../sdk/client/calls.ts";
import { CounterpoiseError, withDecodedErrors } from "../../sdk/errors/index.ts";
import type { Names } from "../../sdk/names.ts";
import type { KeeperConfig } from "./config.ts";
import { type Fees, isAffordable, raised, readFees } from "./fees.ts";
import { type Log, reasonOf } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { SavedTransaction } from "./state.ts";

const CANCEL_GAS = 21_000n;
const ETHER = 1e18;
const PERCENT = 100n;

/** @param worthWei Most that the transaction may cost; no limit unless told. */
export interface Task {
  readonly job: string;
  readonly label: string;
  readonly call: Call;
  readonly worthWei?: bigint;
}

/**
 * What became of a task. `refused`: the trial failed, nothing was sent. `expensive`, `unprofitable`: gas costs more than the cap or
 * than the task is worth. `reverted`: in a block, but somebody else was first. `cancelled`: it would have failed while it waited.
 * `lost`: its nonce was used by a transaction that this keeper did not send.
 */
export type Outcome =
  | { readonly kind: "mined"; readonly receipt: TransactionReceipt }
  | { readonly kind: "reverted"; readonly receipt: TransactionReceipt }
  | { readonly kind: "refused"; readonly error: CounterpoiseError }
  | { readonly kind: "unprofitable"; readonly costWei: bigint }
  | { readonly kind: "expensive"; readonly feeWei: bigint }
  | { readonly kind: "dry"; readonly costWei: bigint }
  | { readonly kind: "cancelled" }
  | { readonly kind: "lost" };

interface Sent {
  readonly task: Task;
  readonly nonce: number;
  readonly gasLimit: bigint;
  fees: Fees;
  sentAt: number;
  isCancelled: boolean;
  /** Of every version, the newest last. */
  readonly hashes: string[];
  readonly resolve: (outcome: Outcome) => void;
}

export interface SenderOptions {
  readonly provider: JsonRpcProvider;
  /** Who is tried as sender; without a wallet nothing is ever sent. */
  readonly from: string;
  readonly wallet: Wallet | undefined;
  readonly gas: KeeperConfig["gas"];
  readonly names: Names;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Milliseconds. */
  readonly clock?: () => number;
}

export class Sender {
  readonly #options: SenderOptions;
  readonly #clock: () => number;
  readonly #inFlight = new Map<number, Sent>();
  readonly #slots: (() => void)[] = [];
  #reserved = 0;
  #nextNonce: number | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
  }

  get pending(): number {
    return this.#inFlight.size;
  }

  /** Takes up what an earlier run sent and did not see in a block. */
  async resume(saved: readonly SavedTransaction[]): Promise<void> {
    const { wallet, provider, log } = this.#options;
    if (wallet === undefined) return;
    this.#nextNonce = await provider.getTransactionCount(wallet.address, "latest");
    for (const one of saved) {
      if (one.nonce < this.#nextNonce) continue;
      const call = { to: one.to, data: one.data };
      this.#inFlight.set(one.nonce, {
        task: { job: one.job, label: one.label, call },
        nonce: one.nonce,
        gasLimit: BigInt(one.gasLimit),
        fees: {
          maxFeePerGas: BigInt(one.maxFeePerGas),
          maxPriorityFeePerGas: BigInt(one.maxPriorityFeePerGas),
          baseFee: 0n,
        },
        sentAt: this.#clock(),
        isCancelled: false,
        hashes: [...one.hashes],
        resolve: (outcome) => {
          this.#release();
          log.info({ job: one.job, label: one.label, outcome: outcome.kind }, "transaction of an earlier run");
        },
      });
      this.#reserved += 1;
    }
    while (this.#inFlight.has(this.#nextNonce)) this.#nextNonce += 1;
    if (this.#inFlight.size > 0)
      log.info({ transactions: this.#inFlight.size }, "watching transactions of an earlier run");
    this.#measure();
  }

  /** What `resume` of the next run needs. */
  get saved(): SavedTransaction[] {
    return [...this.#inFlight.values()].map(({ task, nonce, gasLimit, fees, hashes }) => ({
      nonce,
      job: task.job,
      label: task.label,
      to: task.call.to,
      data: task.call.data,
      gasLimit: gasLimit.toString(),
      maxFeePerGas: fees.maxFeePerGas.toString(),
      maxPriorityFeePerGas: fees.maxPriorityFeePerGas.toString(),
      hashes: [...hashes],
    }));
  }

  /** Tries, sends, and waits until it is known what became of it. */
  async send(task: Task): Promise<Outcome> {
    const outcome = await this.#attempt(task);
    this.#options.metrics.transactions.inc({ job: task.job, outcome: outcome.kind });
    return outcome;
  }

  /** Looks for receipts, and replaces what waits too long. */
  async advance(): Promise<void> {
    const { wallet, provider } = this.#options;
    if (wallet === undefined || this.#inFlight.size === 0) return;
    const mined = await provider.getTransactionCount(wallet.address, "latest");
    for (const sent of [...this.#inFlight.values()].sort((a, b) => a.nonce - b.nonce)) {
      if (sent.nonce < mined) await this.#conclude(sent);
      else if (this.#clock() - sent.sentAt >= this.#options.gas.replaceAfterSeconds * 1_000) await this.#replace(sent);
    }
    this.#measure();
  }

  async #attempt(task: Task): Promise<Outcome> {
    const { wallet } = this.#options;
    // First without waiting for a place: most refusals come here.
    const first = await this.#prepare(task);
    if ("kind" in first) return first;
    if (wallet === undefined) return { kind: "dry", costWei: first.costWei };
    await this.#place();
    return new Promise<Outcome>((resolve, reject) => {
      const release = (outcome: Outcome): void => {
        this.#release();
        resolve(outcome);
      };
      // One at a time from the trial to the mempool, so that nonces have no holes.
      this.#turn = this.#turn.then(async () => {
        try {
          const ready = await this.#prepare(task);
          if ("kind" in ready) return release(ready);
          await this.#broadcast(wallet, task, ready, release);
        } catch (error) {
          this.#nextNonce = undefined;
          this.#release();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** The trial: at the state that the next block begins with. */
  async #prepare(
    task: Task,
  ): Promise<Outcome | { readonly gasLimit: bigint; readonly fees: Fees; readonly costWei: bigint }> {
    const { gas, provider } = this.#options;
    const estimate = await this.#try(task, "pending");
    if (estimate instanceof CounterpoiseError) return { kind: "refused", error: estimate };
    const fees = await readFees(provider, gas);
    if (!isAffordable(fees, gas)) return { kind: "expensive", feeWei: fees.baseFee + fees.maxPriorityFeePerGas };
    const costWei = estimate * (fees.baseFee + fees.maxPriorityFeePerGas);
    if (task.worthWei !== undefined && costWei > task.worthWei) return { kind: "unprofitable", costWei };
    return { gasLimit: (estimate * BigInt(gas.limitPercent)) / PERCENT, fees, costWei };
  }

  /** The gas that it takes, or why it fails. */
  async #try({ call }: Task, blockTag: "pending" | "latest"): Promise<bigint | CounterpoiseError> {
    const { provider, from, names } = this.#options;
    try {
      return await withDecodedErrors(async () => {
        const request = { ...call, from, blockTag };
        await provider.call(request);
        return provider.estimateGas(request);
      }, names);
    } catch (error) {
      if (error instanceof CounterpoiseError) return error;
      throw error;
    }
  }

  async #broadcast(
    wallet: Wallet,
    task: Task,
    { gasLimit, fees }: { readonly gasLimit: bigint; readonly fees: Fees },
    resolve: (outcome: Outcome) => void,
  ): Promise<void> {
    this.#nextNonce ??= await this.#options.provider.getTransactionCount(wallet.address, "pending");
    const nonce = this.#nextNonce;
    const sent: Sent = {
      task,
      nonce,
      gasLimit,
      fees,
      sentAt: this.#clock(),
      isCancelled: false,
      hashes: [],
      resolve,
    };
    await this.#submit(wallet, sent, task.call);
    this.#nextNonce = nonce + 1;
    this.#inFlight.set(nonce, sent);
    this.#measure();
    this.#options.log.info({ job: task.job, label: task.label, nonce, hash: sent.hashes.at(-1) }, "sent");
  }

  async #submit(wallet: Wallet, sent: Sent, call: Call): Promise<void> {
    const { provider } = this.#options;
    const { maxFeePerGas, maxPriorityFeePerGas } = sent.fees;
    const signed = await wallet.signTransaction({
      ...call,
      type: 2,
      chainId: provider._network.chainId,
      nonce: sent.nonce,
      gasLimit: sent.isCancelled ? CANCEL_GAS : sent.gasLimit,
      maxFeePerGas,
      maxPriorityFeePerGas,
    });
    sent.hashes.push(String(await provider.send("eth_sendRawTransaction", [signed])));
    sent.sentAt = this.#clock();
  }

  /** The nonce is used: by which of the versions? */
  async #conclude(sent: Sent): Promise<void> {
    const { provider, log, metrics } = this.#options;
    const { job, label } = sent.task;
    for (const hash of [...sent.hashes].reverse()) {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt === null) continue;
      metrics.gasSpent.inc({ job }, Number(receipt.fee) / ETHER);
      const isCancel = receipt.to?.toLowerCase() !== sent.task.call.to.toLowerCase();
      const kind = isCancel ? "cancelled" : receipt.status === 1 ? "mined" : "reverted";
      log.info({ job, label, nonce: sent.nonce, hash, outcome: kind, gasUsed: Number(receipt.gasUsed) }, "in a block");
      return this.#finish(sent, kind === "cancelled" ? { kind } : { kind, receipt });
    }
    // A node that lags behind knows the count before the receipt: only what stays unknown is lost.
    if (this.#clock() - sent.sentAt < this.#options.gas.replaceAfterSeconds * 1_000) return;
    log.warn({ job, label, nonce: sent.nonce }, "another transaction used the nonce");
    this.#nextNonce = undefined;
    this.#finish(sent, { kind: "lost" });
  }

  #finish(sent: Sent, outcome: Outcome): void {
    this.#inFlight.delete(sent.nonce);
    sent.resolve(outcome);
  }

  async #replace(sent: Sent): Promise<void> {
    const { wallet, gas, log, metrics, provider } = this.#options;
    const { job, label } = sent.task;
    const fees = raised(sent.fees, await readFees(provider, gas), gas);
    if (fees === undefined) {
      sent.sentAt = this.#clock();
      log.warn({ job, label, nonce: sent.nonce }, "stuck, and a higher fee would pass the cap");
      return;
    }
    // The pending state may have the transaction itself in it.
    const failing = sent.isCancelled || (await this.#try(sent.task, "latest")) instanceof CounterpoiseError;
    const call = failing ? { to: wallet!.address, data: "0x" } : sent.task.call;
    [sent.fees, sent.isCancelled] = [fees, failing];
    try {
      await this.#submit(wallet!, sent, call);
      metrics.replacements.inc();
      log.warn({ job, label, nonce: sent.nonce, cancels: failing, hash: sent.hashes.at(-1) }, "stuck; sent again");
    } catch (error) {
      sent.sentAt = this.#clock();
      log.warn({ job, label, nonce: sent.nonce, reason: reasonOf(error) }, "stuck, and the node did not take it again");
    }
  }

  async #place(): Promise<void> {
    if (this.#reserved < this.#options.gas.maxInFlight) this.#reserved += 1;
    // Whoever leaves hands its place over.
    else await new Promise<void>((resolve) => this.#slots.push(resolve));
  }

  #release(): void {
    const next = this.#slots.shift();
    if (next === undefined) this.#reserved -= 1;
    else next();
  }

  #measure(): void {
    this.#options.metrics.inFlight.set(this.#inFlight.size);
  }
}
