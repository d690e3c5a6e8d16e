import { expect, test } from 'vitest';
import { run } from '../helpers/run.ts';

const compose = `services:
  sfu:
    image: livekit/livekit-server:v1.9.0
    environment:
      LIVEKIT_CONFIG: |
        keys: {key: a-secret-of-at-least-32-characters}
        agents: {}
`;
const lint = (words: string) =>
  run(['livekit', 'lint', ...words.split(' ')], { stdin: compose, env: { PATH: '' } });

test('a compose file is recognised, and linted for the release of its image', async () => {
  const ran = await lint('- --json');
  expect(ran.status).toBe(1);
  const [row] = ran.json().results;
  expect(row).toMatchObject({ file: '-', version: '1.9.0', verdict: 'rejects' });
  expect(row.findings).toContainEqual(
    expect.objectContaining({ id: 'livekit/too-new-key', file: '-', line: 7, column: 9 }),
  );
});

test('--for wins over the image', async () => {
  const ran = await lint('- --json --for 1.9.0,1.13.5');
  expect(ran.json().results).toMatchObject([
    { version: '1.9.0', verdict: 'rejects' },
    { version: '1.13.5', verdict: 'starts' },
  ]);
});
