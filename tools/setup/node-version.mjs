// Imported by every command before anything else. It uses only features of Node 12, so that an old Node reports its
// version instead of a syntax error.

/** The oldest major version with which the dependencies can be installed; the same as `engines` in package.json. */
const oldest = 20;

const { node } = process.versions;
if (Number(node.split('.')[0]) < oldest) {
  console.error(`cannot run on Node.js ${node}: version ${oldest} or newer is required; install it from https://nodejs.org`);
  process.exit(1);
}
