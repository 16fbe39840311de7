/** Command: compiles what `npm pack` publishes into dist: the SDK, ABIs, contract types and deployments. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { abiSource } from "./package/abis.ts";
import { stageTypechain } from "./package/typechain.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const stage = join(root, "cache/package");
const dist = join(root, "dist");

if (!existsSync(join(root, "typechain-types")) || !existsSync(join(root, "artifacts/contracts"))) {
  console.error("Nothing is compiled yet: run `npm run build` first.");
  process.exit(1);
}

rmSync(stage, { recursive: true, force: true });
rmSync(dist, { recursive: true, force: true });
mkdirSync(join(stage, "abis"), { recursive: true });
cpSync(join(root, "sdk"), join(stage, "sdk"), { recursive: true });
writeFileSync(join(stage, "abis/index.ts"), abiSource());
stageTypechain(join(root, "typechain-types"), join(stage, "typechain"));
writeFileSync(
  join(stage, "index.ts"),
  '/** On-chain portfolio margin: orders, margin, statements and addresses. */\nexport * from "./sdk/index.ts";\nexport * from "./sdk/addresses.ts";\n',
);
writeFileSync(
  join(stage, "tsconfig.json"),
  JSON.stringify({
    compilerOptions: {
      target: "es2022",
      lib: ["es2023"],
      module: "nodenext",
      moduleResolution: "nodenext",
      types: [],
      strict: true,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      declaration: true,
      rootDir: ".",
      outDir: dist,
    },
    include: ["index.ts", "sdk", "abis", "typechain"],
  }),
);
// The staged files are modules like the package's own.
writeFileSync(join(stage, "package.json"), '{ "type": "module" }\n');

const compiled = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--project", stage], {
  stdio: "inherit",
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

// Declarations keep the extension of their source in imports, which not every resolver forgives.
for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".d.ts")) continue;
  const path = join(dist, file);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(/((?:from|import)\s*\(?\s*"\.{1,2}\/[^"]+)\.ts"/g, '$1.js"'));
}

mkdirSync(join(dist, "deployments"), { recursive: true });
const records = join(root, "deploy/deployments");
const published = existsSync(records)
  ? readdirSync(records).filter((name) => /^\d+\.json$/.test(name) && name !== "31337.json")
  : [];
for (const name of published) cpSync(join(records, name), join(dist, "deployments", name));
