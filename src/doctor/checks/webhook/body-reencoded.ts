import { defineCheck } from '../../check.ts';

export const webhookBodyReencoded = defineCheck({
  id: 'webhook/body-reencoded',
  title: 'Nothing writes webhooks anew on their way',
  area: 'rooms',
  severity: 'error',
  why: "A webhook's signature covers its bytes: a proxy or gateway that parses the JSON and writes it again makes every one of them look forged.",
  fix: 'let whatever stands before Bedrud pass bodies on as they are: no JSON parsing, no transformation, application/webhook+json left alone',
  needs: ['webhooks'],
  run: ({ webhooks }) =>
    webhooks
      .filter(({ rewritten }) => rewritten)
      .map(({ url, answer }) => ({
        message: `${url} answers ${'status' in answer ? answer.status : 'nothing'} to an event as LiveKit writes it, and takes one that is the same after being parsed and written again`,
      })),
});
