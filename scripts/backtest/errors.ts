/** The command line asks for something that cannot be. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The data cannot answer what was asked. Its message says what to mend. Exit code 1. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** Help was asked for and printed. */
export class HelpShown extends Error {
  override readonly name = "HelpShown";
}
