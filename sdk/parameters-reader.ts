/** Reads unknown JSON field by field, and says in a sentence where it is not what it must be. */

/** A parameter file that must not be deployed. Its message names the field. */
export class ParameterError extends Error {
  override readonly name = "ParameterError";
}

/** One value and the way that led to it. */
export class Reader {
  readonly #path: string;
  readonly #value: unknown;

  private constructor(path: string, value: unknown) {
    this.#path = path;
    this.#value = value;
  }

  static ofJson(json: string): Reader {
    try {
      return new Reader("", JSON.parse(json));
    } catch (error) {
      throw new ParameterError(`The parameter file is not JSON: ${(error as Error).message}.`);
    }
  }

  at(key: string | number): Reader {
    const value = (this.#value as Record<string | number, unknown>)[key];
    const path = typeof key === "number" ? `${this.#path}[${key}]` : this.#path === "" ? key : `${this.#path}.${key}`;
    return new Reader(path, value);
  }

  fail(predicate: string): never {
    throw new ParameterError(`${this.#path === "" ? "The parameter file" : this.#path} ${predicate}.`);
  }

  isNull(): boolean {
    return this.#value === null;
  }

  keys(): string[] {
    if (typeof this.#value !== "object" || this.#value === null || Array.isArray(this.#value))
      this.fail("must be an object");
    return Object.keys(this.#value);
  }

  items(): Reader[] {
    if (!Array.isArray(this.#value)) this.fail("must be a list");
    return (this.#value as unknown[]).map((_, i) => this.at(i));
  }

  text(): string {
    if (typeof this.#value !== "string" || this.#value === "") this.fail("must be text");
    return this.#value;
  }

  matching(pattern: RegExp, description: string): string {
    if (typeof this.#value !== "string" || !pattern.test(this.#value)) this.fail(`must be ${description}`);
    return this.#value;
  }

  oneOf<const Choice extends string>(choices: readonly Choice[]): Choice {
    const choice = choices.find((candidate) => candidate === this.#value);
    return choice ?? this.fail(`must be one of ${choices.join(", ")}`);
  }

  number(minimum: number): number {
    if (typeof this.#value !== "number" || !(this.#value >= minimum))
      this.fail(`must be a number, at least ${minimum}`);
    return this.#value;
  }

  integer(minimum: number, maximum: number): number {
    const value = this.#value;
    if (!Number.isInteger(value) || (value as number) < minimum || (value as number) > maximum) {
      this.fail(`must be an integer from ${minimum} to ${maximum}, not ${JSON.stringify(value)}`);
    }
    return value as number;
  }

  integerText(minimum: bigint): string {
    const text = this.matching(/^(0|[1-9][0-9]*)$/, 'the decimal digits of an integer, in quotes, like "1000000"');
    if (BigInt(text) < minimum) this.fail(`must be at least ${minimum}`);
    return text;
  }
}

type Fields<T> = { readonly [Key in keyof T]: (field: Reader) => T[Key] };

/** An object with exactly these fields. */
export function record<T extends object>(at: Reader, fields: Fields<T>): T {
  const keys = at.keys();
  const unknown = keys.find((key) => !(key in fields));
  if (unknown !== undefined) at.at(unknown).fail("is not a field of a parameter file");
  const missing = Object.keys(fields).find((key) => !keys.includes(key));
  if (missing !== undefined) at.at(missing).fail("is missing");
  const values: Record<string, unknown> = {};
  for (const [key, read] of Object.entries<(field: Reader) => unknown>(fields)) values[key] = read(at.at(key));
  return values as T;
}

/** An object with these fields and perhaps some of the others. */
export function recordWith<T extends object, O extends object>(
  at: Reader,
  fields: Fields<T>,
  optional: Fields<O>,
): T & Partial<O> {
  const present = Object.fromEntries(
    Object.entries<(field: Reader) => unknown>(optional).filter(([key]) => at.keys().includes(key)),
  );
  return record<T & Partial<O>>(at, { ...fields, ...present });
}

export function list<T>(at: Reader, read: (item: Reader) => T): T[] {
  return at.items().map(read);
}
