/** Runs a step and prints its duration. */
export async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const began = performance.now();
  await work();
  console.log(`✔ ${what.padEnd(16)} ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
