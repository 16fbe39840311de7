export { CounterpoiseError, decodeError, decodeRevert, errorTable, withDecodedErrors } from "./decode.ts";
export type { ErrorTable, Wording } from "./table.ts";
