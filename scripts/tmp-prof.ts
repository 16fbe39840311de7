import hre from "hardhat";
import { readFileSync, readdirSync } from "node:fs";
import { deployHouse } from "../deploy/local/house.ts";
import { ROLES } from "../deploy/roles.ts";
import { listBook, postSurfaces, tradeBook } from "./bench/option-books.ts";
await hre.tasks.getTask("build").run({ quiet: true, noTests: true });
const PRICES = { BTC: "7934.52", ETH: "194.61" };
const connection = await hre.network.create();
const house = await deployHouse(connection, { underlyings: PRICES });
const [, a, b] = await connection.ethers.getSigners();
const n = Number(process.env.N ?? 64), e = Number(process.env.E ?? 6);
const shape = { symbols: ["BTC"], options: n, expiries: e };
const legs = await listBook(house, shape);
await postSurfaces(house, ["BTC", "ETH"]);
const x = await house.openAccount(a!, 0, { usdc: "1000000" });
const y = await house.openAccount(b!, 0, { usdc: "1000000" });
await house.trade(x, y, "BTC", "0.5");
await tradeBook(house, x, y, legs);
const probe = await connection.ethers.deployContract("MarginProbe", [house.clearingHouse, house.accessManager]);
await house.accessManager.grantRole(ROLES.MODULE, probe, 0);
await house.setPrice("BTC", "7934.53"); await house.setPrice("USDC", "1");
const response = await (probe as any).probe(x.account, [0, 1]);
const trace = (await connection.ethers.provider.send("debug_traceTransaction", [response.hash, { disableStorage: true, enableMemory: false }])) as any;
const engine = (await house.riskEngine.getAddress()).toLowerCase();
const steps = trace.structLogs;
// find frames of engine by depth
const artifact = JSON.parse(readFileSync("artifacts/contracts/risk/RiskEngine.sol/RiskEngine.json", "utf8"));
const info = JSON.parse(readFileSync(`artifacts/build-info/${artifact.buildInfoId}.output.json`, "utf8")).output;
const input = JSON.parse(readFileSync(`artifacts/build-info/${artifact.buildInfoId}.json`, "utf8")).input;
const key = Object.keys(info.contracts).find((k) => k.endsWith("risk/RiskEngine.sol"))!;
const code = info.contracts[key].RiskEngine.evm.deployedBytecode;
const ids: Record<number, string> = {};
for (const [f, s] of Object.entries<any>(info.sources)) ids[s.id] = f;
const map: [number, number, number][] = []; let last = [0, 0, 0];
for (const item of code.sourceMap.split(";")) { const p = item.split(":"); last = [0, 1, 2].map((i) => (p[i] !== undefined && p[i] !== "" ? Number(p[i]) : last[i]!)); map.push(last as any); }
const bytes = Buffer.from(code.object.replace(/^0x/, "").replace(/__\$.*?\$__/g, "0".repeat(40)), "hex");
const pcToIndex = new Map<number, number>(); let idx = 0;
for (let pc = 0; pc < bytes.length; pc += 1) { pcToIndex.set(pc, idx++); const op = bytes[pc]!; if (op >= 0x60 && op <= 0x7f) pc += op - 0x5f; }
const lines: Record<string, number[]> = {};
for (const [f, s] of Object.entries<any>(input.sources)) { let o = 0; lines[f] = []; for (const l of s.content.split("\n")) { lines[f]!.push(o); o += Buffer.byteLength(l) + 1; } }
const byLine = new Map<string, number>(); const byOp = new Map<string, number>(); const byFile = new Map<string, number>();
let inEngine = 0; let total = 0; console.log("steps", steps.length, engine, steps.filter((s: any) => /CALL$/.test(s.op)).map((s: any) => s.op + " " + s.depth + " " + s.stack.at(-2)).slice(0, 20).join("\n"), (await response.wait()).status);
for (let i = 0; i < steps.length - 1; i += 1) {
  const s = steps[i], t = steps[i + 1];
  if ((s.op === "STATICCALL" || s.op === "CALL") && BigInt(s.stack.at(-2).startsWith("0x") ? s.stack.at(-2) : "0x" + s.stack.at(-2)) === BigInt(engine) && t.depth > s.depth) { inEngine = t.depth; continue; }
  if (inEngine && s.depth < inEngine) inEngine = 0;
  if (!inEngine || s.depth !== inEngine) continue;
  let g = t.depth === s.depth ? s.gas - t.gas : s.gasCost;
  if (t.depth < s.depth) g = s.gasCost;
  total += g;
  const m = map[pcToIndex.get(s.pc)!]!; const f = ids[m[2]] ?? "?";
  const ls = lines[f]; let line = 0; if (ls) { let lo = 0, hi = ls.length - 1; while (lo < hi) { const mid = (lo + hi + 1) >> 1; if (ls[mid]! <= m[0]) lo = mid; else hi = mid - 1; } line = lo + 1; }
  const k = `${f.split("/").pop()}:${line}`;
  byLine.set(k, (byLine.get(k) ?? 0) + g); byFile.set(f.split("/").pop()!, (byFile.get(f.split("/").pop()!) ?? 0) + g); byOp.set(s.op, (byOp.get(s.op) ?? 0) + g);
}
console.log("engine total", total);
const top = (m: Map<string, number>, n: number) => console.log([...m].sort((p, q) => q[1] - p[1]).slice(0, n).map(([k, v]) => `${k} ${v}`).join("\n"));
top(byFile, 20); console.log("--"); top(byLine, 70); console.log("--"); top(byOp, 25);
await connection.close();
