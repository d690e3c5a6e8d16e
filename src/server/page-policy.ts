import { createHash } from 'node:crypto';

/** A Content-Security-Policy for a page that loads nothing: no script, and no style but `css`, its own. */
export function pagePolicy(css: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
