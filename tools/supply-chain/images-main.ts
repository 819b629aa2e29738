// npm run pin-images: writes the digest of each image of another project after its tag; with --undo, removes the digests.

import { UserError } from '@ftgo/runner/errors';
import { parseArguments } from '@ftgo/runner/usage';
import { repository } from '@ftgo/runner/workspace';
import { imagesIn, pinImages, unpinImages } from './images.js';

const { values } = parseArguments('npm run pin-images -- [--undo]', { options: { undo: { type: 'boolean', default: false } } });

try {
  if (values.undo) unpinImages(repository);
  else pinImages(repository);
  console.log(`${values.undo ? 'unpinned' : 'pinned'} ${imagesIn(repository).length} images`);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
