import { expect } from "chai";
import { createMetrics, type MetricsServer, serveMetrics } from "../../../scripts/keeper/metrics.ts";

describe("keeper: metrics", () => {
  const metrics = createMetrics();
  let healthy = true;
  let server: MetricsServer;
  before(async () => {
    server = await serveMetrics(metrics, 0, () => healthy);
  });
  after(() => server.close());
  const ask = (path: string, method = "GET") => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

  it("gives Prometheus' text", async () => {
    metrics.headBlock.set(17);
    metrics.transactions.inc({ job: "feeds", outcome: "mined" }, 3);
    const response = await ask("/metrics");
    expect(response.headers.get("content-type")).to.match(/^text\/plain; version=0\.0\.4/);
    const lines = (await response.text()).split("\n");
    expect(lines).to.include("# HELP counterpoise_keeper_head_block Latest block seen");
    expect(lines).to.include("# TYPE counterpoise_keeper_head_block gauge");
    expect(lines).to.include("counterpoise_keeper_head_block 17");
    expect(lines).to.include('counterpoise_keeper_transactions_total{job="feeds",outcome="mined"} 3');
    // The name, then nothing but what Prometheus allows.
    const names = lines.filter((line) => line !== "" && !line.startsWith("#"));
    for (const line of names) expect(line).to.match(/^counterpoise_keeper_[a-z_]+(\{[^}]*\})? \S+$/);
  });

  it("says whether the keeper follows the chain", async () => {
    expect((await ask("/health")).status).to.equal(200);
    healthy = false;
    expect((await ask("/health")).status).to.equal(503);
    healthy = true;
  });

  it("has nothing else, and is read only", async () => {
    expect((await ask("/")).status).to.equal(404);
    expect((await ask("/metrics", "POST")).status).to.equal(405);
  });

  it("says so when the port is taken", async () => {
    let message = "";
    await serveMetrics(metrics, server.port, () => true).catch((error: Error) => (message = error.message));
    expect(message).to.contain("EADDRINUSE");
  });
});
