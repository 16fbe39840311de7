/** What the pool and its workers say to each other. Everything survives a structured clone. */
import type { AccountBook } from "../../../sdk/remargin/accountBook.ts";
import type { Screening } from "../../../sdk/remargin/screen.ts";
import type { Tick } from "../../../sdk/remargin/tick.ts";

export type Request =
  | { readonly kind: "put"; readonly books: readonly AccountBook[] }
  | { readonly kind: "drop"; readonly accounts: readonly string[] }
  | { readonly kind: "screen"; readonly id: number; readonly tick: Tick; readonly bandBps: bigint };

export type Reply =
  | { readonly kind: "screened"; readonly id: number; readonly screening: Screening }
  | { readonly kind: "failed"; readonly id: number; readonly reason: string };
