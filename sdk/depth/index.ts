export { basisHaircutUp, belowParUp, liquidationTimeUp, utilisationTermUp } from "./basisHaircut.ts";
export { DepthReportError, type DepthReportFile, formatDepthReport, parseDepthReport } from "./json.ts";
export {
  DEPTH_TYPES,
  depthTypedData,
  type DepthTypedData,
  encodeSubmitDepth,
  hashDepthReport,
  signDepthReport,
} from "./typedData.ts";
export type { AssetDepth, DepthAddress, DepthReport, UnderlyingDepth } from "./types.ts";
