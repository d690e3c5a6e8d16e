import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generalCases } from './general-cases.ts';
import { expectedFor, type HttpCase } from './http-case.ts';
import { describeControl, describeRoomSettings, describeRooms } from './room-contract.ts';
import { describeSignalling } from './signal-contract.ts';
import { type StartSubject, type Subject, send } from './subject.ts';
import { joinRequestCases, tokenCases } from './token-cases.ts';
import { twirpCases } from './twirp-cases.ts';
import { describeWebhooks } from './webhook-contract.ts';

const httpCases: Record<string, HttpCase[]> = {
  'HTTP in general': generalCases,
  '/rtc/validate': tokenCases,
  '/rtc/v1/validate': joinRequestCases,
  Twirp: twirpCases,
};

/** What a LiveKit control plane does, whoever plays it. Written from real servers: where an emulator differs, it is wrong. */
export function describeContract(title: string, version: string, start: StartSubject): void {
  describe(`${title} ${version}`, () => {
    let subject: Subject;
    beforeAll(async () => {
      subject = await start();
    });
    afterAll(() => subject?.close());

    for (const [group, cases] of Object.entries(httpCases)) {
      describe(group, () => {
        for (const one of cases) {
          it.concurrent(one.name, async ({ expect }) => {
            const expected = expectedFor(one, version);
            const reply = await send(`${subject.url}${one.path}`, one.init);
            expect.soft(reply.status).toBe(expected.status);
            if (expected.type !== undefined) expect.soft(reply.type).toBe(expected.type);
            if (typeof expected.body === 'string') expect(reply.body).toBe(expected.body);
            else if (expected.body instanceof RegExp) expect(reply.body).toMatch(expected.body);
            else if (expected.body) expect(JSON.parse(reply.body)).toMatchObject(matching(expected.body));
          });
        }
      });
    }

    describeRooms(() => subject);
    describeSignalling(version, () => subject);
    describeControl(version, () => subject);
    describeWebhooks(start);
    describeRoomSettings(version, start);
  });
}

/** Patterns among the values of a JSON document, as matchers. */
function matching(document: object): object {
  return Object.fromEntries(
    Object.entries(document).map(([key, value]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]),
  );
}
