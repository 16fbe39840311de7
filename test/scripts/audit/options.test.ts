import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { CommandError, requireUrl, whereabouts } from "../../../scripts/audit/options.ts";
import { DeploymentError } from "../../../sdk/addresses.ts";

const HOUSE = "0x1234567890123456789012345678901234567890";
const rpc = "http://127.0.0.1:8545";

describe("audit: options", () => {
  it("takes the house that is named", () => {
    expect(whereabouts({ rpc, house: HOUSE, from: "7" }, 1n)).to.deep.equal({ clearingHouse: HOUSE, fromBlock: 7 });
    expect(whereabouts({ rpc, house: HOUSE }, 1n).fromBlock).to.equal(undefined);
  });

  it("takes the record of a deployment, and its first block unless told another", () => {
    const folder = mkdtempSync(join(tmpdir(), "audit-"));
    try {
      const deployment = join(folder, "record.json");
      writeFileSync(deployment, JSON.stringify({ chainId: 5, fromBlock: 12, contracts: { clearingHouse: HOUSE } }));
      expect(whereabouts({ rpc, deployment }, 5n)).to.deep.equal({ clearingHouse: HOUSE, fromBlock: 12 });
      expect(whereabouts({ rpc, deployment, from: "30" }, 5n).fromBlock).to.equal(30);
      expect(() => whereabouts({ rpc, deployment }, 6n)).to.throw(CommandError, "The node is on chain 6");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("says what it knows nothing of", () => {
    expect(() => whereabouts({ rpc }, 4_242n)).to.throw(DeploymentError, "No deployment is known on chain 4242");
    expect(() => whereabouts({ rpc, deployment: "atlantis" }, 1n)).to.throw(CommandError, "--deployment must be");
    expect(() => whereabouts({ rpc, deployment: "nowhere.json" }, 1n)).to.throw(CommandError, "cannot be read");
    expect(() => whereabouts({ rpc, house: HOUSE, from: "-1" }, 1n)).to.throw(CommandError, "--from");
    expect(() => requireUrl("ftp://x")).to.throw(CommandError, "--rpc");
  });
});
