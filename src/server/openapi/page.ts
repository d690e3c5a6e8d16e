/** The OpenAPI document as one page that a person can read: no scripts, nothing from elsewhere. */
import { pagePolicy } from '../page-policy.ts';
import { css } from './style.ts';

/** What the page may load: its own style. */
export const policy = pagePolicy(css);

/** As much of OpenAPI as our document uses. */
export interface Document {
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, DescribedOperation>>;
  components: { schemas: Record<string, Schema> };
}

interface DescribedOperation {
  summary: string;
  description?: string;
  tags: string[];
  security: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

type Content = Record<string, { schema: Schema }>;

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
  allOf?: Schema[];
  anyOf?: Schema[];
}

export function page(document: unknown): string {
  const { info, tags, paths, components } = document as Document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const chapters = tags
    .map(({ name, description }) => ({
      name,
      description,
      entries: operations.filter(({ operation }) => operation.tags[0] === name),
    }))
    .filter(({ entries }) => entries.length > 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · Bedrud</title>
<link rel="icon" href="data:,">
<style>${css}</style>
</head>
<body>
<main>
<h1>API of ${html(info.title)} <small>${html(info.version)}</small></h1>
<p>${prose(info.description)} For programs: <a href="/api/docs/openapi.json">openapi.json</a>.</p>
<nav aria-label="Chapters">${chapters.map(({ name }) => `<a href="#${name}">${name}</a>`).join(' ')} <a href="#Objects">Objects</a></nav>
${chapters
  .map(
    ({ name, description, entries }) => `<section id="${name}">
<h2>${name}</h2>
<p>${prose(description)}</p>
${entries.map(({ path, method, operation }) => entry(path, method, operation)).join('\n')}
</section>`,
  )
  .join('\n')}
<section id="Objects">
<h2>Objects</h2>
${Object.entries(components.schemas)
  .map(([name, schema]) => `<h3 id="${name}">${name}</h3>${shape(schema)}`)
  .join('\n')}
</section>
</main>
</body>
</html>
`;
}

function entry(path: string, method: string, operation: DescribedOperation): string {
  const { summary, description, parameters = [], requestBody, responses } = operation;
  return `<details id="${method}-${html(path)}">
<summary><b class="${method}">${method.toUpperCase()}</b> <code>${html(path)}</code> <span>${prose(summary)}</span></summary>
${description === undefined ? '' : `<p>${prose(description)}</p>`}
<p class="dim">${caller(operation)}</p>
${parameters.length === 0 ? '' : `<h4>Parameters</h4>${rows(parameters.map(({ name, required = false, description, schema }) => [name, { ...schema, ...(description === undefined ? {} : { description }) }, required]))}`}
${requestBody === undefined ? '' : `<h4>Body</h4>${contents(requestBody.content)}`}
<h4>Answers</h4>
<dl>${Object.entries(responses)
    .map(
      ([status, { description, content }]) =>
        `<dt class="${Number(status) < 400 ? 'good' : 'bad'}">${status}</dt><dd>${prose(description)}${Number(status) < 400 && content ? contents(content) : ''}</dd>`,
    )
    .join('')}</dl>
</details>`;
}

function caller({ security }: DescribedOperation): string {
  if (security.length === 0) return 'Anybody may ask.';
  return security.some((one) => Object.keys(one).length === 0)
    ? 'With an access token, or without one.'
    : 'Takes an access token: <code>Authorization: Bearer …</code>';
}

function contents(content: Content): string {
  return Object.entries(content)
    .map(([mediaType, { schema }]) =>
      mediaType === 'application/json' ? shape(schema) : `<p><code>${html(mediaType)}</code></p>`,
    )
    .join('');
}

/** What a schema says, in full. */
function shape(schema: Schema): string {
  const intro = schema.description === undefined ? '' : `<p>${prose(schema.description)}</p>`;
  return intro + (structure(schema) || `<p>${kind(schema)}</p>`);
}

/** What is in it: the properties of an object, of what a list has, of each alternative. Empty where its kind says all. */
function structure(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(shape).join('<p>or</p>');
  if (schema.items) {
    const each = structure(schema.items);
    return each && `<p>Each of them:</p>${each}`;
  }
  const parts = partsOf(schema);
  const required = new Set(parts.flatMap((part) => part.required ?? []));
  const properties = parts.flatMap((part) => Object.entries(part.properties ?? {}));
  if (properties.length === 0) return '';
  const named = parts.filter((part) => part.$ref).map(kind);
  const intro = named.length === 0 ? '' : `<p>${named.join(' and ')}, and besides</p>`;
  return intro + rows(properties.map(([name, property]) => [name, property, required.has(name)]));
}

/** It, or those that it joins. */
function partsOf(schema: Schema): Schema[] {
  return schema.allOf?.flatMap(partsOf) ?? [schema];
}

function rows(fields: [name: string, schema: Schema, required: boolean][]): string {
  return `<table>${fields
    .map(
      ([name, schema, required]) =>
        `<tr><th scope="row"><code>${html(name)}</code>${required ? '' : ' <i>optional</i>'}</th><td>${kind(schema)}</td><td>${schema.description === undefined ? '' : prose(schema.description)}${structure(schema)}</td></tr>`,
    )
    .join('')}</table>`;
}

/** What a value is, in few words. */
function kind(schema: Schema): string {
  const { $ref, type, format, items, anyOf, minimum, maximum, maxLength } = schema;
  if ($ref !== undefined) {
    const name = html($ref.replace(/^.*\//, ''));
    return `<a href="#${name}">${name}</a>`;
  }
  if (anyOf) return anyOf.map(kind).join(' or ');
  const joined = partsOf(schema).filter((part) => part !== schema && part.$ref);
  if (joined.length > 0) return `${joined.map(kind).join(' and ')}, and more`;
  const words = schema.enum?.map((value) => `<code>${html(JSON.stringify(value))}</code>`).join(' ');
  const base =
    'const' in schema
      ? `<code>${html(JSON.stringify(schema.const))}</code>`
      : (words ?? (items ? `list of ${kind(items)}` : [type ?? 'anything'].flat().map(html).join(' or ')));
  const limits = [
    format,
    minimum === undefined ? undefined : `from ${minimum}`,
    maximum === undefined ? undefined : `to ${maximum}`,
    maxLength === undefined ? undefined : `at most ${maxLength} characters`,
    schema.default === undefined || typeof schema.default === 'object'
      ? undefined
      : `usually <code>${html(JSON.stringify(schema.default))}</code>`,
  ].filter((limit) => limit !== undefined);
  return [base, ...limits].join(', ');
}

/** Text with `code` in backticks. */
function prose(text: string): string {
  return html(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll('\n\n', '<br>');
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
