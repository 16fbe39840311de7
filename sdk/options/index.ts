export * from "./black76.ts";
export * from "./normal.ts";
export { type PositionGreeks, positionGreeks, stress, type StressPoint, sumGreeks } from "./account.ts";
export { type Smile, smileOf } from "./smile.ts";
