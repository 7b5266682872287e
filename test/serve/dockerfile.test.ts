import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';

const text = readFileSync(join(__dirname, '../../serve/Dockerfile'), 'utf8');

test('the Dockerfile is sound', () => {
  expect(validate(text)).toEqual([]);
});

test('the container does not run as root, and copies only what .dockerignore lets in', () => {
  expect(text).toMatch(/^USER node$/m);
  const admitted: readonly string[] =
    readFileSync(join(__dirname, '../../.dockerignore'), 'utf8').match(/(?<=^!).+$/gm) ?? [];
  const copied = [...text.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
  expect(copied.filter((path) => !admitted.includes(path))).toEqual([]);
});
