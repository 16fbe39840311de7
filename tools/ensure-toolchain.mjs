// Completes an install that was started by an older Node.
//
// Hardhat's network simulator (EDR) ships one optional package per platform, each asking for Node 22. When npm itself
// runs under Node 20 it skips them without a word. The project's own Node is first in PATH inside npm scripts, so this
// script (run by npm as "prepare") already runs under Node 22: it starts npm once more, under that Node.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const MINIMUM_NODE = [22, 18];
const require = createRequire(import.meta.url);

function fail(message) {
  console.error(`ensure-toolchain: ${message}`);
  process.exit(1);
}

function isInstalled(name) {
  try {
    require.resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}

/** Loaded in a child process: a failed load of a native module must not be remembered by this one. */
function simulatorLoads() {
  return spawnSync(process.execPath, ["-e", "require('@nomicfoundation/edr')"], { stdio: "ignore" }).status === 0;
}

// An install without development dependencies needs no toolchain.
if (!isInstalled("hardhat")) process.exit(0);

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor < MINIMUM_NODE[1])) {
  fail(
    `Node ${process.version} is too old, and the bundled Node was not installed. ` +
      `Install without --omit=optional, or use Node ${MINIMUM_NODE.join(".")} or later.`,
  );
}

if (!simulatorLoads()) {
  const npm = process.env.npm_execpath;
  if (npm === undefined) fail("run `npm install`: this script needs to know which npm to start.");

  console.log(`ensure-toolchain: adding the packages that need Node 22, under ${process.version}`);
  const install = spawnSync(
    process.execPath,
    [npm, "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"],
    { stdio: "inherit" },
  );
  if (install.status !== 0) fail("npm could not add the packages that need Node 22.");
  if (!simulatorLoads()) fail("the network simulator (@nomicfoundation/edr) does not load on this platform.");
}
