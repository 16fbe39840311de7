/** Deployments on public networks. Written by `npm run deploy`; nothing is deployed yet. */
import type { Deployment } from "./addresses.ts";

export const deployments: readonly Deployment[] = [];
