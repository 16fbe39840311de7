export { findSmileArbitrage, totalVariance } from "./arbitrage.ts";
export { formatSurfaceReport, parseSurfaceReport, SurfaceReportError, type SurfaceReportFile } from "./json.ts";
export {
  encodeSubmitSurface,
  hashSurfaceReport,
  signSurfaceReport,
  sortSignatures,
  SURFACE_TYPES,
  type SurfaceTypedData,
  surfaceTypedData,
} from "./typedData.ts";
export type { SignerSignature, SurfaceAddress, SurfacePoint, SurfaceReport } from "./types.ts";
