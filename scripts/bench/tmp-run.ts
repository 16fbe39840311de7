import hre from "hardhat";
import { measureCorrelation } from "./measure-correlation.ts";
const connection = await hre.network.create({ override: { initialDate: "2026-11-24T12:03:00Z" } });
await measureCorrelation({
  connection,
  transaction: async (name, response) => {
    const r = (await response.wait())!;
    console.log(name, Number(r.gasUsed) - 21000);
  },
});
await connection.close();
