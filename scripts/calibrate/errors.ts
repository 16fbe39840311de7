/** A problem with the input that whoever runs the command can mend. Its message is a sentence that says how. */
export class CalibrationError extends Error {
  override readonly name = "CalibrationError";
}
