/**
 * Command: packs the package and uses it as a stranger would: its files in a fresh node_modules, imports from plain JavaScript and
 * from checked TypeScript. No network.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const CONSUMER = new URL("./package/consumer/", import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "counterpoise-package-"));

try {
  const tarball = pack();
  const modules = join(folder, "node_modules");
  const installed = join(modules, "counterpoise");
  mkdirSync(installed, { recursive: true });
  run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed], folder);
  // Peers and what they need come from here instead of a registry.
  for (const name of ["ethers", "@openzeppelin", "@chainlink"])
    symlinkSync(join(root, "node_modules", name), join(modules, name));

  checkContents(installed);
  writeFileSync(join(folder, "package.json"), '{ "name": "consumer", "private": true, "type": "module" }\n');
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2022",
        module: "nodenext",
        strict: true,
        noEmit: true,
        types: [],
        skipLibCheck: false,
        noUncheckedIndexedAccess: true,
      },
      files: ["consumer.ts"],
    }),
  );
  for (const file of readdirSync(CONSUMER)) {
    cpSync(new URL(file, CONSUMER), join(folder, file.replace(/\.txt$/, "")));
  }
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "--project", folder], folder);
  run(process.execPath, ["consumer.js"], folder);
  console.log("The package installs, type-checks and runs.");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function pack(): string {
  const text = run(
    process.execPath,
    [npmPath(), "pack", "--json", "--ignore-scripts", "--pack-destination", folder],
    root,
  );
  const [{ filename, size, entryCount }] = JSON.parse(text) as [{ filename: string; size: number; entryCount: number }];
  console.log(`${filename}: ${entryCount} files, ${Math.round(size / 1024)} kB`);
  return join(folder, filename);
}

/** The npm that runs this script. */
function npmPath(): string {
  const path = process.env.npm_execpath;
  if (path === undefined) throw new Error("Start this with `npm run test:package`: it needs to know which npm to use.");
  return path;
}

function checkContents(installed: string): void {
  const wanted = [
    "README.md",
    "LICENSE",
    "contracts/ClearingHouse.sol",
    "contracts/interfaces/IClearingHouse.sol",
    "dist/index.js",
  ];
  const missing = wanted.filter((path) => !existsSync(join(installed, path)));
  const stray = readdirSync(installed, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.startsWith("contracts/test") || (/\.ts$/.test(path) && !path.endsWith(".d.ts")),
  );
  if (missing.length > 0) throw new Error(`The package lacks ${missing.join(", ")}.`);
  if (stray.length > 0) throw new Error(`The package should not hold ${stray.join(", ")}.`);
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed.\n${stdout}${stderr}`);
  return stdout;
}
