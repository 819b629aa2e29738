import { expect, it } from 'vitest';
import { demandEach } from '../declared.js';

it('an entry that an app lacks in a deployment file is named with the file, the app and the part of the guide', () => {
  const entries = [
    ['menu-service', 'menu-service:8091'],
    ['tip-service', 'tip-service:8092'],
  ] as const;
  expect(() => demandEach('prometheus.yml', ['menu-service:8091'], entries)).toThrow(
    /^prometheus\.yml has no tip-service:8092 for tip-service: see part \d+ of docs\/guides\/add-a-service\.md$/,
  );
});
