import type { AnyMessage, JsonObject, JsonValue } from '@bufbuild/protobuf';

/**
 * A message as Twirp's JSON: names as in the .proto files, every field present, null for messages that aren't set.
 * The library's own `emitDefaultValues` leaves those out.
 */
export function twirpJson(message: AnyMessage): string {
  return JSON.stringify(complete(message));
}

function complete(message: AnyMessage): JsonValue {
  const type = message.getType();
  const json = message.toJson({ emitDefaultValues: true, useProtoFieldName: true });
  if (type.typeName.startsWith('google.protobuf.')) return json;
  const given = json as JsonObject;
  const all: JsonObject = {};
  for (const field of type.fields.list()) {
    const value = field.oneof
      ? (message[field.oneof.localName] as { case?: string; value?: unknown } | undefined)
      : undefined;
    const set = field.oneof
      ? value?.case === field.localName
        ? value.value
        : undefined
      : message[field.localName];
    if (field.kind === 'message' && !field.repeated) {
      if (set !== undefined) all[field.name] = complete(set as AnyMessage);
      else if (!field.oneof && !field.opt) all[field.name] = null;
    } else if (field.kind === 'message') {
      all[field.name] = (set as AnyMessage[]).map(complete);
    } else if (given[field.name] !== undefined) {
      all[field.name] = given[field.name] as JsonValue;
    }
  }
  return all;
}
