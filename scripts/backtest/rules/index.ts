/** The rules of others, in the order of the tables. */
import { flat } from "./flat.ts";
import { deribitPortfolio, derivePmrm, derivePmrm2, paradex } from "./portfolio.ts";
import { deribitStandard, deriveSrm } from "./standard.ts";
import type { Rule } from "./types.ts";

export const HOUSE = "Counterpoise";

export const RULES: readonly Rule[] = [
  flat,
  deriveSrm,
  derivePmrm,
  derivePmrm2,
  deribitStandard,
  deribitPortfolio,
  paradex,
];
