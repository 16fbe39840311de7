export { STATEMENT_COLUMNS, type StatementColumn, statementToCsv } from "./csv.ts";
export { type Entry, type EntryType, type Statement, StatementError } from "./types.ts";
