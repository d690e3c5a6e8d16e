/** The shape of what npm run generate writes. */
export interface SchemaError {
  keyword: string;
  /** A JSON pointer into the value that was checked. */
  instancePath: string;
  params: Record<string, unknown>;
}

export const validate: {
  (value: unknown): boolean;
  /** Of the last call. */
  errors?: SchemaError[] | null;
};
