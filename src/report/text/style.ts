import { styleText } from 'node:util';

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
  // What the stream is and the environment says was looked at when `colour` was decided.
  const styled = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: styled('bold'),
    dim: styled('dim'),
    error: styled('red'),
    warning: styled('yellow'),
    info: styled('blue'),
    ok: styled('green'),
    code: styled('cyan'),
  };
}
