import { existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import type { HardhatPlugin } from "hardhat/types/plugins";
import base from "../mutation/hardhat.config.ts";
import { HIT, HIT_SOURCE, instrument } from "./instrument.ts";
import { ARTIFACTS, CACHE, PLAN, TYPES } from "./places.ts";
import type { Edit } from "./probes.ts";

const edits = (existsSync(PLAN) ? JSON.parse(readFileSync(PLAN, "utf8")) : {}) as Readonly<Record<string, Edit[]>>;

/** Puts the probes into the sources while they are compiled. The files themselves stay as they are. */
const probing: HardhatPlugin = {
  id: "coverage-probes",
  hookHandlers: {
    solidity: async () => ({
      default: async () => ({
        async preprocessProjectFileBeforeBuilding(context, sourceName, fsPath, content, version, next) {
          const file = relative(context.config.paths.root, fsPath);
          return next(context, sourceName, fsPath, instrument(content, edits[file] ?? []), version);
        },
        async preprocessSolcInputBeforeBuilding(context, input, next) {
          if (Object.values(input.sources).some(({ content }) => content.includes(HIT_SOURCE))) {
            input.sources[HIT_SOURCE] = { content: HIT };
          }
          return next(context, input);
        },
      }),
    }),
  },
};

/** For `npm run coverage`: the build of the mutants, with probes instead. */
export default {
  ...base,
  plugins: [...base.plugins.filter(({ id }) => id !== "mutation"), probing],
  paths: { ...base.paths, artifacts: ARTIFACTS, cache: CACHE },
  typechain: { outDir: TYPES },
};
