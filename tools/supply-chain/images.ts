import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';

/** An image of another project: with a tag, perhaps with a digest. Stages of the Dockerfile have no tag, our images another prefix. */
const reference = /^(\s*(?:-\s+)?(?:image:|FROM)\s+)(?!ftgo\/)([\w.\-/]+:[\w.-]+)(?:@sha256:[0-9a-f]{64})?(?=\s|$)/gm;

const filesOf = (root: string): string[] => ['Dockerfile', 'docker-compose.yml', ...globSync('k8s/**/*.yaml', { cwd: root })];

/** The images that are built upon or run, by tag. */
export function imagesIn(root: string): string[] {
  const found = filesOf(root).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(reference)].map(([, , image = '']) => image),
  );
  return [...new Set(found)].toSorted();
}

/** Writes the current digest of every image after its tag. Nothing is written unless all digests are known. */
export function pinImages(root: string): Map<string, string> {
  const digests = new Map(imagesIn(root).map((image) => [image, digestOf(image)]));
  for (const file of filesOf(root)) {
    const text = readFileSync(join(root, file), 'utf8');
    const pinned = text.replaceAll(reference, (_, before: string, image: string) => `${before}${image}@${digests.get(image)}`);
    if (pinned !== text) writeFileSync(join(root, file), pinned);
  }
  return digests;
}

/** Removes the digests. */
export function unpinImages(root: string): void {
  for (const file of filesOf(root)) {
    const text = readFileSync(join(root, file), 'utf8');
    const unpinned = text.replaceAll(reference, '$1$2');
    if (unpinned !== text) writeFileSync(join(root, file), unpinned);
  }
}

/** The digest of the index of all platforms, from the registry. Needs no Docker engine. */
function digestOf(image: string): string {
  const args = ['buildx', 'imagetools', 'inspect', image, '--format', '{{.Manifest.Digest}}'];
  const digest = docker(image, args).trim();
  if (!/^sha256:[0-9a-f]{64}$/.test(digest))
    throw new UserError(`cannot read the digest of ${image}: docker ${args.join(' ')} printed '${digest}'`);
  return digest;
}

function docker(image: string, args: readonly string[]): string {
  try {
    return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new UserError(
      `cannot read the digest of ${image}: ${stderr?.trim() || message}; docker with its plugin buildx, and access to the image's registry, are required`,
      { cause: error },
    );
  }
}
