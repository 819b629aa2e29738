import { join } from 'node:path';
import { type App, findApps } from '@ftgo/runner/workspace';
import type { Drawing } from '../architecture/drawing.js';
import { contractsOfApps } from '../boundaries/rules.js';
import { escaped, sansSerif, svg } from './svg.js';

/** The picture in the README, from the apps' package.json files. */
export const architecturePicture: Drawing = { file: 'docs/pictures/architecture.svg', draw: drawArchitecture };

const width = 1000;
/** The band of the services and the band of their databases. */
const band = { x: 24, width: 940 };
const padding = 12;
const gap = 10;

const style = `<style>
  text { font-family: ${sansSerif}; font-size: 13px; fill: #1f2328; text-anchor: middle }
  .name { font-weight: 600 }
  .small { font-size: 11.5px; fill: #59636e }
  .label { font-size: 12.5px; font-style: italic; fill: #59636e }
  .page { fill: #ffffff; stroke: #d1d9e0 }
  .band { fill: #f6f8fa; stroke: #d1d9e0 }
  .app { fill: #ddf4ff; stroke: #54aeff }
  .store { fill: #dafbe1; stroke: #4ac26b }
  .broker { fill: #fff8c5; stroke: #d4a72c }
  .flow { fill: none; stroke: #59636e; stroke-width: 1.5 }
  .head { fill: #59636e }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small, .label { fill: #9198a1 }
    .page { fill: #0d1117; stroke: #3d444d }
    .band { fill: #151b23; stroke: #3d444d }
    .app { fill: #12304f; stroke: #1f6feb }
    .store { fill: #12341d; stroke: #238636 }
    .broker { fill: #3b2e0a; stroke: #9e6a03 }
    .flow { stroke: #9198a1 }
    .head { fill: #9198a1 }
  }
</style>
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker>`;

function drawArchitecture(root: string): string {
  const apps = findApps(join(root, 'apps'));
  const contracts = contractsOfApps(root);
  const services = apps.filter(({ database }) => database);
  const isCaller = ({ name }: App) => (contracts.get(name) ?? []).length > 0;
  const gateways = apps.filter((app) => !app.database && isCaller(app));
  const relays = apps.filter((app) => !app.database && !isCaller(app) && app.http);
  const step = (band.width - 2 * padding + gap) / services.length;
  const places = services.map((service, i) => ({ service, x: band.x + padding + i * step, width: step - gap }));
  return svg(
    width,
    494,
    'Clients call the gateway over HTTP; it calls the services over gRPC; their messages go through the outbox, the relay and Kafka',
    style,
    rect('page', { x: 0.5, y: 0.5, width: width - 1, height: 493 }),
    ...box('band', { x: 400, y: 18, width: 200, height: 30 }, 'HTTP clients'),
    flow('M500 48V80', 'REST', 524, 68),
    ...gateways.flatMap((app) => box('app', { x: 400, y: 82, width: 200, height: 46 }, app.name, portsOf(app))),
    flow('M500 128V162', 'gRPC', 524, 149),
    rect('band', { ...band, y: 164, height: 78 }),
    ...places.flatMap(({ service, ...place }) => box('app', { ...place, y: 176, height: 54 }, shortNameOf(service), portsOf(service))),
    rect('band', { ...band, y: 270, height: 100 }),
    ...places.flatMap(({ service, ...place }) => [
      flow(`M${place.x + place.width / 2} 230V282`),
      ...cylinder({ ...place, y: 284 }, service.database?.replace(/^ftgo_/, '') ?? ''),
    ]),
    text('PostgreSQL: a database per service. State, sagas, inbox and outbox change in one transaction', band.x + band.width / 2, 358),
    flow('M230 370V414', 'write-ahead log', 284, 397),
    ...relays.flatMap((app) => box('app', { x: 130, y: 416, width: 200, height: 46 }, app.name, portsOf(app))),
    flow('M330 439H558', 'in commit order per key', 444, 430),
    ...box('broker', { x: 560, y: 416, width: 240, height: 46 }, 'Kafka', 'commands, replies, events'),
    flow('M800 439H984V203H966', 'to inboxes: each message takes effect once', 838, 397),
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const rect = (kind: string, { x, y, width: w, height: h }: Place): string =>
  `<rect class="${kind}" x="${rounded(x)}" y="${y}" width="${rounded(w)}" height="${h}" rx="6"/>`;

const box = (kind: string, place: Place, name: string, below = ''): string[] => {
  const [x, middle] = [place.x + place.width / 2, place.y + place.height / 2];
  return [
    rect(kind, place),
    ...(below ? [text(name, x, middle - 3, 'name'), text(below, x, middle + 14, 'small')] : [text(name, x, middle + 4.5, 'name')]),
  ];
};

const cylinder = ({ x, y, width: w }: Omit<Place, 'height'>, name: string): string[] => {
  const [left, right, r] = [rounded(x + 8), rounded(x + w - 8), rounded((w - 16) / 2)];
  return [
    `<path class="store" d="M${left} ${y + 6}a${r} 6 0 0 1 ${2 * r} 0v34a${r} 6 0 0 1 ${-2 * r} 0z"/>`,
    `<path class="store" d="M${left} ${y + 6}a${r} 6 0 0 0 ${rounded(right - left)} 0" fill="none"/>`,
    text(name, x + w / 2, y + 31),
  ];
};

const flow = (path: string, label = '', x = 0, y = 0): string =>
  `<path class="flow" d="${path}" marker-end="url(#head)"/>${label && text(label, x, y, 'label')}`;

const text = (content: string, x: number, y: number, kind = ''): string =>
  `<text${kind && ` class="${kind}"`} x="${rounded(x)}" y="${rounded(y)}">${escaped(content)}</text>`;

const rounded = (value: number): number => Math.round(value * 10) / 10;

const shortNameOf = ({ name }: App): string => name.replace(/-service$/, '');

const portsOf = ({ http, grpc }: App): string => [http, grpc].filter(Boolean).join(' · ');
