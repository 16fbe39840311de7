/**
 * The generated types that go into the package: those of our interfaces, with factories that connect. The factories of contracts carry
 * their bytecode, which no front-end wants.
 */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const INTERFACES = "contracts/interfaces";

export function stageTypechain(from: string, to: string): void {
  const types = names(join(from, INTERFACES), "");
  const factories = names(join(from, "factories", INTERFACES), "__factory");
  const copy = (path: string): void => {
    mkdirSync(join(to, path, ".."), { recursive: true });
    cpSync(join(from, path), join(to, path));
  };
  copy("common.ts");
  for (const name of types) copy(`${INTERFACES}/${name}.ts`);
  for (const name of factories) copy(`factories/${INTERFACES}/${name}__factory.ts`);
  writeFileSync(
    join(to, "index.ts"),
    [
      "/** Types of the contracts' interfaces for ethers, and factories that connect them to an address. */",
      ...types.map((name) => `export type { ${name} } from "./${INTERFACES}/${name}.js";`),
      ...factories.map((name) => `export { ${name}__factory } from "./factories/${INTERFACES}/${name}__factory.js";`),
      "",
    ].join("\n"),
  );
}

function names(folder: string, suffix: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(`${suffix}.ts`) && file !== "index.ts")
    .map((file) => file.slice(0, -`${suffix}.ts`.length))
    .sort();
}
