import { escaped, monospaced, svg } from './svg.js';

/** A line of a terminal, and when it was printed. */
export interface TerminalLine {
  readonly atMs: number;
  readonly text: string;
}

const fontSize = 13;
const characterWidth = 0.602 * fontSize;
const lineHeight = 18;
const padding = 16;
const bar = 30;
const holdMs = 6_000;

/**
 * A recording as an animated picture: each line appears at the time when it was printed, and everything remains visible for a
 * while before the animation restarts. Without animation, everything is shown.
 */
export function terminalPicture(title: string, lines: readonly TerminalLine[]): string {
  const columns = Math.max(...lines.map(({ text }) => text.length));
  const width = Math.ceil(columns * characterWidth + 2 * padding);
  const height = bar + lines.length * lineHeight + 2 * padding - 4;
  const totalMs = (lines.at(-1)?.atMs ?? 0) + holdMs;
  const times = [...new Set(lines.map(({ atMs }) => atMs))];
  const frames = times.map((atMs, i) => {
    const at = (100 * atMs) / totalMs;
    return `@keyframes t${i} { 0%, ${at.toFixed(2)}% { opacity: 0 } ${(at + 0.01).toFixed(2)}%, 100% { opacity: 1 } } .t${i} { animation: t${i} ${totalMs}ms step-end infinite }`;
  });
  const style = [
    `text { font: ${fontSize}px ${monospaced}; fill: #d1d7e0; white-space: pre }`,
    '.command { fill: #ffffff; font-weight: 600 }',
    '.done { fill: #3fb950 }',
    '.title { fill: #9198a1; text-anchor: middle }',
    '@media (prefers-reduced-motion: no-preference) {',
    ...frames,
    '}',
  ];
  return svg(
    width,
    height,
    title,
    `<style>\n${style.join('\n')}\n</style>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="#151b23" stroke="#3d444d"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map((color, i) => `<circle cx="${20 + 18 * i}" cy="${bar / 2 + 2}" r="5.5" fill="${color}"/>`),
    `<text class="title" x="${width / 2}" y="${bar / 2 + 6}">${escaped(title)}</text>`,
    ...lines.map(
      ({ atMs, text }, i) =>
        `<text class="t${times.indexOf(atMs)} ${kindOf(text)}" x="${padding}" y="${bar + padding + 9 + i * lineHeight}" xml:space="preserve">${escaped(text)}</text>`,
    ),
  );
}

const kindOf = (text: string): string => (text.startsWith('$ ') ? 'command' : text.startsWith('✔') ? 'done' : 'output');
