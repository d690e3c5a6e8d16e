/** A participant's metadata, as Bedrud's clients read it: a JSON object with what its owner is, and may not. */

export interface MetadataChange {
  moderates?: boolean;
  chatBlocked?: boolean;
}

/** What a token says of its holder. */
export function metadataFor(accesses: readonly string[], moderates: boolean): string {
  return JSON.stringify({
    accesses: moderates && !accesses.includes('moderator') ? [...accesses, 'moderator'] : accesses,
  });
}

/** `text` with `change` in it; what else is in it stays. */
export function changedMetadata(text: string, { moderates, chatBlocked }: MetadataChange): string {
  const known = objectIn(text);
  const accesses = Array.isArray(known['accesses']) ? known['accesses'] : [];
  const others = accesses.filter((access) => access !== 'moderator');
  return JSON.stringify({
    ...known,
    ...(moderates === undefined ? {} : { accesses: moderates ? [...others, 'moderator'] : others }),
    ...(chatBlocked === undefined ? {} : { chatBlocked }),
  });
}

/** Clients may write anything there. */
function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}
