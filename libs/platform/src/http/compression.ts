import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/**
 * Compresses responses of 1 KiB or more for clients that accept gzip; requests are not decompressed (415). Awaited, because it
 * affects only routes that are added later.
 */
export async function compressResponses(server: FastifyInstance): Promise<void> {
  await server.register(compress, { encodings: ['gzip', 'identity'], threshold: 1_024, globalDecompression: false });
}
