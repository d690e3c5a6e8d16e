/** A line of the table of failures. */
export interface Entry {
  exit: number;
  http: number;
  /** What happened, with `{name}` where a detail goes. */
  message: string;
  /** The next step, with the same details. */
  hint: string;
}
