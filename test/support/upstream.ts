/** Genuine third-party contracts; the demo uses them as well, so they live with the deployment. */
export * from "../../deploy/local/upstream.ts";
