/** Of a protobuf message, what is needed here; generated classes fit. */
export interface ProtoMessage {
  getType(): { readonly typeName: string; readonly fields: { list(): readonly Field[] } };
  toBinary(): Uint8Array;
  toJson(options: { emitDefaultValues: boolean; useProtoFieldName: boolean }): unknown;
}

interface Field {
  readonly name: string;
  readonly localName: string;
  readonly kind: string;
  readonly repeated: boolean;
  readonly opt: boolean;
  readonly oneof?: { readonly localName: string } | undefined;
}

type Values = Readonly<Record<string, unknown>>;

/**
 * A message as Twirp's JSON: names as in the .proto files, every field present, null for messages that aren't set.
 * The library's own `emitDefaultValues` leaves those out.
 */
export function twirpJson(message: ProtoMessage): string {
  return JSON.stringify(complete(message));
}

function complete(message: ProtoMessage): unknown {
  const type = message.getType();
  const json = message.toJson({ emitDefaultValues: true, useProtoFieldName: true });
  if (type.typeName.startsWith('google.protobuf.')) return json;
  const given = json as Values;
  const all: Record<string, unknown> = {};
  for (const field of type.fields.list()) {
    const value = fieldValue(message, field);
    if (field.kind === 'message' && !field.repeated) {
      if (value !== undefined) all[field.name] = complete(value as ProtoMessage);
      else if (!field.oneof && !field.opt) all[field.name] = null;
    } else if (field.kind === 'message') {
      all[field.name] = (value as ProtoMessage[]).map(complete);
    } else if (given[field.name] !== undefined) {
      all[field.name] = given[field.name];
    }
  }
  return all;
}

function fieldValue(message: ProtoMessage, { localName, oneof }: Field): unknown {
  const values = message as unknown as Values;
  if (!oneof) return values[localName];
  const chosen = values[oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === localName ? chosen.value : undefined;
}
