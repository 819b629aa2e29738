import type { Drawing } from '../architecture/drawing.js';
import { type AsyncApi, asyncApi } from './async-api.js';
import { html, page, prose, row, table } from './html.js';
import type { Schema } from './json-schema.js';
import { type ProtoField, type ProtoFile, readProto } from './proto-image.js';

const shortName = (fullName: string): string => fullName.split('.').at(-1) ?? fullName;

/** The pages that the gateway serves under `/docs`. */
export const definitionPages = (apps: readonly string[]): Drawing[] => [
  { file: 'definitions/pages/index.html', draw: () => indexPage(apps) },
  { file: 'definitions/pages/rest.html', draw: () => restPage },
  { file: 'definitions/pages/rest.js', draw: () => restScript(apps) },
  { file: 'definitions/pages/messages.html', draw: async (root) => messagesPage(await asyncApi(root)) },
  { file: 'definitions/pages/proto.html', draw: (root) => protoPage(readProto(root)) },
];

const indexPage = (apps: readonly string[]): string =>
  page('FTGO: API definitions', [
    table(
      ['', 'To read', 'As a file'],
      [
        row(
          'REST',
          '<a href="/docs/rest.html">Swagger UI</a>',
          '<a href="/docs/openapi.json">openapi.json</a>: everything that clients call at this address',
        ),
        row(
          'Messages',
          '<a href="/docs/messages.html">channels and messages</a>',
          '<a href="/docs/asyncapi.json">asyncapi.json</a>: all services joined',
        ),
        row(
          'gRPC',
          '<a href="/docs/proto.html">services and messages</a>',
          'the files of proto/, from that page; while security is off, the services also have server reflection',
        ),
        row('GraphQL', '<a href="/graphql">GraphiQL</a>, in development', '<a href="/docs/schema.graphql">schema.graphql</a>'),
      ],
    ),
    '<h2>By app</h2>',
    '<p>Each app serves its own at <code>/openapi.json</code> and <code>/asyncapi.json</code>.</p>',
    table(
      ['App', 'REST', 'Messages'],
      apps.map((app) => row(app, `<a href="/docs/openapi/${app}.json">openapi</a>`, `<a href="/docs/asyncapi/${app}.json">asyncapi</a>`)),
    ),
  ]);

/** Swagger UI. Its script is a file of its own, because the gateway's headers forbid inline scripts. */
const restPage = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>FTGO: REST</title>
  <link rel="stylesheet" href="/swagger-ui/swagger-ui.css">
  <link rel="icon" href="/swagger-ui/favicon-32x32.png">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/swagger-ui/swagger-ui-bundle.js"></script>
  <script src="/swagger-ui/swagger-ui-standalone-preset.js"></script>
  <script src="/docs/rest.js"></script>
</body>
</html>
`;

/** Lists all apps, the gateway first. */
function restScript(apps: readonly string[]): string {
  const gateway = 'api-gateway';
  const urls = [gateway, ...apps.filter((app) => app !== gateway)].map((name) => ({ name, url: `/docs/openapi/${name}.json` }));
  return `SwaggerUIBundle({
  urls: ${JSON.stringify(urls, null, 2).replaceAll('\n', '\n  ')},
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
});
`;
}

function messagesPage({ info, channels, operations, components }: AsyncApi): string {
  const appsThat = (action: 'send' | 'receive', reference: string) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.action === action && operation.messages.some(({ $ref }) => $ref === reference))
      .map(([name]) => name.split('.')[0] as string);
  const ofChannels = Object.entries(channels).flatMap(([name, channel]) => [
    `<h2 id="${name}">${html(name)}</h2>`,
    `<p>${prose(channel.description)}</p>`,
    table(
      ['Message', 'Sent by', 'Received by'],
      Object.keys(channel.messages).map((type) => {
        const reference = `#/channels/${name}/messages/${type}`;
        return row(
          `<a href="#${type}">${html(shortName(type))}</a>`,
          appsThat('send', reference).join(', '),
          appsThat('receive', reference).join(', '),
        );
      }),
    ),
  ]);
  return page('FTGO: messages', [
    `<p>${prose(info.description)} As a file: <a href="/docs/asyncapi.json">asyncapi.json</a>.</p>`,
    ...ofChannels,
    ...Object.entries(components.schemas).flatMap(([name, schema]) => schemaSection(name, schema)),
  ]);
}

function schemaSection(name: string, schema: Schema): string[] {
  const {
    description = '',
    properties = {},
    required = [],
    enum: values,
  } = schema as {
    description?: string;
    properties?: Record<string, Schema & { readonly description?: string }>;
    required?: readonly string[];
    enum?: readonly string[];
  };
  const fields = Object.entries(properties).map(([field, { description: meaning, ...of }]) =>
    row(`<code>${field}</code>`, typeText(of), required.includes(field) ? 'required' : '', prose(meaning ?? '')),
  );
  return [
    `<h3 id="${name}">${html(name)}</h3>`,
    description && `<p>${prose(description)}</p>`,
    values ? `<p>${values.map((value) => `<code>${html(value)}</code>`).join(' · ')}</p>` : '',
    fields.length > 0 ? table(['Field', 'Type', '', ''], fields) : '',
  ].filter((part) => part !== '');
}

function typeText(schema: Schema): string {
  const { $ref, type, format, items } = schema as { $ref?: string; type?: string; format?: string; items?: Schema };
  if ($ref) return linkTo($ref.split('/').at(-1) as string);
  return items ? `list of ${typeText(items)}` : html(format ?? type ?? '');
}

const linkTo = (fullName: string): string => `<a href="#${fullName}">${html(shortName(fullName))}</a>`;

const protoPage = (files: readonly ProtoFile[]): string =>
  page('FTGO: gRPC and protobuf', [
    '<p>Calls and messages share these types. The files:</p>',
    `<ul>${files.map(({ path }) => `<li><a href="/docs/proto/${path}">${path}</a></li>`).join('')}</ul>`,
    ...files
      .flatMap((file) => file.services)
      .flatMap(({ name, comment, methods }) => [
        `<h2 id="${name}">${html(name)}</h2>`,
        comment && `<p>${prose(comment)}</p>`,
        table(
          ['Method', 'Request', 'Response', ''],
          methods.map((each) =>
            row(
              html(each.name),
              streamed(each.inputType, each.clientStreaming),
              streamed(each.outputType, each.serverStreaming),
              prose(each.comment),
            ),
          ),
        ),
      ]),
    ...files.flatMap(({ messages, enums }) => [
      ...messages.flatMap(({ name, comment, fields }) => [
        `<h3 id="${name}">${html(name)}</h3>`,
        comment && `<p>${prose(comment)}</p>`,
        fields.length > 0 ? table(['Field', 'Type', 'Number', ''], fields.map(fieldRow)) : '',
      ]),
      ...enums.flatMap(({ name, comment, values }) => schemaSection(name, { description: comment, enum: values })),
    ]),
  ]);

const streamed = (type: string, isStream = false): string => `${isStream ? 'stream of ' : ''}${linkTo(type.slice(1))}`;

function fieldRow({ name, label, type, typeName, proto3Optional, number, comment }: ProtoField & { comment: string }): string {
  const base = typeName?.startsWith('.ftgo.')
    ? linkTo(typeName.slice(1))
    : html(typeName ? shortName(typeName) : type.slice('TYPE_'.length).toLowerCase());
  const prefix = label === 'LABEL_REPEATED' ? 'repeated ' : proto3Optional ? 'optional ' : '';
  return row(`<code>${name}</code>`, `${prefix}${base}`, String(number), prose(comment));
}
