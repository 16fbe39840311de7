/** Structured logs: one JSON object a line, on standard output. */
import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

export function createLog(level: string, destination?: DestinationStream): Log {
  return pino(
    {
      level,
      base: { service: "counterpoise-keeper" },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    ...(destination === undefined ? [] : [destination]),
  );
}

/** What went wrong, in a field of a log line. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
