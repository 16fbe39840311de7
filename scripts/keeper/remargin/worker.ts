/** A thread that keeps a share of the accounts and margins them when it is told the prices. */
import { parentPort } from "node:worker_threads";
import type { AccountBook } from "../../../sdk/remargin/accountBook.ts";
import { screen } from "../../../sdk/remargin/screen.ts";
import type { Reply, Request } from "./messages.ts";

const books = new Map<string, AccountBook>();

parentPort?.on("message", (request: Request) => {
  switch (request.kind) {
    case "put":
      for (const book of request.books) books.set(book.account, book);
      return;
    case "drop":
      for (const account of request.accounts) books.delete(account);
      return;
    case "screen":
      parentPort?.postMessage(answer(request));
  }
});

function answer({ id, tick, bandBps }: Extract<Request, { kind: "screen" }>): Reply {
  try {
    return { kind: "screened", id, screening: screen(books.values(), tick, bandBps) };
  } catch (error) {
    return { kind: "failed", id, reason: error instanceof Error ? error.message : String(error) };
  }
}
