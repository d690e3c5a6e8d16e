import { Chalk, type ChalkInstance } from 'chalk';

/** Colours by meaning, so that a report reads the same everywhere; without colour each is the identity. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  error(text: string): string;
  warning(text: string): string;
  info(text: string): string;
  ok(text: string): string;
  /** Something to type. */
  code(text: string): string;
}

/** @param colour whether to write escape sequences at all */
export function makeStyle(colour: boolean): Style {
  const chalk: ChalkInstance = new Chalk({ level: colour ? 1 : 0 });
  return {
    bold: chalk.bold,
    dim: chalk.dim,
    error: chalk.red,
    warning: chalk.yellow,
    info: chalk.blue,
    ok: chalk.green,
    code: chalk.cyan,
  };
}
