/** What is measured, for Prometheus. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, Gauge, Histogram, Registry } from "prom-client";

const PREFIX = "counterpoise_keeper_";
const SECONDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const named = (name: string, help: string) => ({ name: `${PREFIX}${name}`, help, registers });
  return {
    registry,
    headBlock: new Gauge(named("head_block", "Latest block seen")),
    headTime: new Gauge(named("head_timestamp_seconds", "Time of the latest block seen")),
    cycles: new Counter({ ...named("cycles_total", "Passes over the chain, by result"), labelNames: ["result"] }),
    reorgs: new Counter(named("reorgs_total", "Blocks that were read and then replaced by others")),
    accounts: new Gauge(named("accounts", "Accounts of traders that are watched")),
    missedAccounts: new Counter(
      named("missed_accounts_total", "Accounts that the enumeration had and the events had not"),
    ),
    reads: new Counter(named("account_reads_total", "Accounts read from the chain")),
    remarginSeconds: new Histogram({ ...named("remargin_seconds", "Time to margin all accounts"), buckets: SECONDS }),
    remargined: new Counter(named("remargined_accounts_total", "Accounts margined")),
    unhealthy: new Gauge(named("unhealthy_accounts", "Accounts below maintenance margin, read from the chain")),
    exhausted: new Gauge(named("exhausted_accounts", "Unhealthy accounts without equity: beyond margin relief")),
    openDeficit: new Gauge(named("open_deficit_usd", "Losses that nobody has borne yet")),
    skipped: new Gauge(named("skipped_accounts", "Accounts whose margin could not be computed")),
    jobRuns: new Counter({ ...named("job_runs_total", "Runs of a job, by result"), labelNames: ["job", "result"] }),
    jobSeconds: new Histogram({ ...named("job_seconds", "Time of a job"), labelNames: ["job"], buckets: SECONDS }),
    transactions: new Counter({
      ...named("transactions_total", "What became of transactions, by job and outcome"),
      labelNames: ["job", "outcome"],
    }),
    replacements: new Counter(named("replacements_total", "Stuck transactions sent again with a higher fee")),
    inFlight: new Gauge(named("in_flight_transactions", "Transactions sent and not in a block yet")),
    gasSpent: new Counter({ ...named("gas_spent_ether_total", "Paid for gas, in ether"), labelNames: ["job"] }),
    reward: new Counter(named("reward_usd_total", "Earned by liquidations, in USD")),
    balance: new Gauge(named("balance_ether", "What the sender has left for gas, in ether")),
  };
}

export interface MetricsServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Serves `/metrics` and `/health` to this machine only. @param isHealthy Whether the keeper follows the chain. */
export async function serveMetrics(
  { registry }: Pick<Metrics, "registry">,
  port: number,
  isHealthy: () => boolean,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET") {
      response.writeHead(405).end();
    } else if (path === "/metrics") {
      void registry.metrics().then((text) => response.setHeader("content-type", registry.contentType).end(text));
    } else if (path === "/health") {
      const healthy = isHealthy();
      response.writeHead(healthy ? 200 : 503).end(healthy ? "following\n" : "behind\n");
    } else {
      response.writeHead(404).end();
    }
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}
