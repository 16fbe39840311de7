/** Gas of the calls inside a transaction, and what of it is the price of first touches, from the client's own trace. */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";

interface Step {
  readonly pc: number;
  readonly op: string;
  readonly gas: number;
  readonly gasCost: number;
  readonly depth: number;
  readonly stack: readonly string[];
}

export interface Frame {
  /** Address whose code runs; for a delegatecall the code's address. */
  readonly code: string;
  /** First four bytes of the call's data; empty where the code did not look at them. */
  selector: string;
  readonly depth: number;
  /** Gas used inside the frame, its own calls included; refunds are not deducted. */
  gas: number;
  /** Gas used inside the frame without its own calls. */
  own: number;
  /** First touches of slots and addresses in the transaction that happened inside the frame. */
  readonly coldSlots: Set<string>;
  readonly coldAddresses: Set<string>;
  /** Program counter and gas of each instruction but calls, one after the other. */
  readonly steps: number[];
}

interface OpenFrame {
  readonly frame: Frame;
  readonly storage: string;
  firstGas: number | undefined;
  lastGas: number;
  inner: number;
  /** The word that a function looks for its selector in comes on the stack with the next step. */
  readsSelector: boolean;
}

export const COLD_SLOT = 2_100;
export const COLD_ADDRESS = 2_600;

const CALLS = new Set(["CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"]);

const word = (hex: string): string => hex.replace(/^0x/, "").padStart(64, "0");
const toAddress = (hex: string): string => `0x${word(hex).slice(24)}`.toLowerCase();

/** Floor of a frame: what its first touches of storage and of addresses cost at the least. */
export const floorOf = (frame: Frame): number =>
  frame.coldSlots.size * COLD_SLOT + frame.coldAddresses.size * COLD_ADDRESS;

export async function traceFrames(ethers: HardhatEthers, hash: string): Promise<Frame[]> {
  const tx = (await ethers.provider.getTransaction(hash))!;
  const trace = (await ethers.provider.send("debug_traceTransaction", [
    hash,
    { disableStorage: true, enableMemory: false },
  ])) as { structLogs: Step[] };
  const open = (code: string, storage: string, depth: number): OpenFrame => ({
    frame: {
      code,
      selector: "",
      depth,
      gas: 0,
      own: 0,
      coldSlots: new Set<string>(),
      coldAddresses: new Set<string>(),
      steps: [],
    },
    storage,
    firstGas: undefined,
    lastGas: 0,
    inner: 0,
    readsSelector: false,
  });

  const to = tx.to!.toLowerCase();
  const seenSlots = new Set<string>();
  // The sender and the target are warm from the start (EIP-2929).
  const seenAddresses = new Set<string>([to, tx.from.toLowerCase()]);
  const frames: Frame[] = [];
  const stack = [open(to, to, 1)];
  frames.push(stack[0]!.frame);
  let pending: OpenFrame | undefined;

  const close = () => {
    const done = stack.pop()!;
    done.frame.gas = (done.firstGas ?? 0) - done.lastGas;
    done.frame.own = done.frame.gas - done.inner;
    const parent = stack.at(-1);
    if (parent !== undefined) parent.inner += done.frame.gas;
  };

  for (const step of trace.structLogs) {
    if (pending !== undefined) {
      if (step.depth === pending.frame.depth) {
        stack.push(pending);
        frames.push(pending.frame);
      }
      pending = undefined;
    }
    while (stack.length > step.depth) close();
    const current = stack.at(-1)!;
    current.firstGas ??= step.gas;
    if (!CALLS.has(step.op)) current.frame.steps.push(step.pc, step.gasCost);
    current.lastGas = step.gas - (CALLS.has(step.op) ? 0 : step.gasCost);

    const top = (n: number): string => step.stack.at(-1 - n)!;
    if (current.readsSelector) current.frame.selector = `0x${word(top(0)).slice(0, 8)}`;
    current.readsSelector =
      step.op === "CALLDATALOAD" && current.frame.selector === "" && BigInt(`0x${word(top(0))}`) === 0n;
    if (step.op === "SLOAD" || step.op === "SSTORE") {
      const slot = `${current.storage}/${word(top(0))}`;
      if (!seenSlots.has(slot)) {
        seenSlots.add(slot);
        for (const { frame } of stack) frame.coldSlots.add(slot);
      }
    } else if (CALLS.has(step.op) || step.op === "EXTCODESIZE" || step.op === "EXTCODECOPY") {
      const address = toAddress(CALLS.has(step.op) ? top(1) : top(0));
      const isPrecompile = BigInt(address) < 0x200n;
      if (!isPrecompile && !seenAddresses.has(address)) {
        seenAddresses.add(address);
        for (const { frame } of stack) frame.coldAddresses.add(address);
      }
      if (CALLS.has(step.op)) {
        const storage = step.op === "DELEGATECALL" ? current.storage : address;
        pending = open(address, storage, step.depth + 1);
      }
    }
  }
  while (stack.length > 0) close();
  return frames;
}
