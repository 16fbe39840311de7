import config from "./hardhat.config.ts";

/** For `npm run test:campaign`: the same project with longer campaigns. */
export default {
  ...config,
  test: { ...config.test, solidity: { invariant: { runs: 1000, depth: 50, shrinkRunLimit: 200 } } },
};
