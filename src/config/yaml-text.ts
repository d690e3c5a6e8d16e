/** A value on one line of YAML. A text is quoted wherever a reader, human or Go, could take it for something else. */
export function scalarToYaml(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  const plain =
    /^([a-zA-Z/.][\w./@:-]*|\d+(\.\d+){3})$/.test(value) &&
    !value.endsWith(':') &&
    !/^(y|n|yes|no|on|off|true|false|null|\.(nan|inf))$/i.test(value);
  // JSON's escapes are YAML's.
  return plain ? value : JSON.stringify(value);
}
