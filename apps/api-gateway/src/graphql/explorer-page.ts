/** GraphiQL, from a CDN: a page for developers, which is not served in production. */
export const explorerPage = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>FTGO GraphQL</title>
  <link rel="stylesheet" href="https://unpkg.com/graphiql@3.8.3/graphiql.min.css">
  <style>body { margin: 0 } #graphiql { height: 100vh }</style>
</head>
<body>
  <div id="graphiql"></div>
  <script src="https://unpkg.com/react@18.3.1/umd/react.production.min.js"></script>
  <script src="https://unpkg.com/react-dom@18.3.1/umd/react-dom.production.min.js"></script>
  <script src="https://unpkg.com/graphiql@3.8.3/graphiql.min.js"></script>
  <script>
    const subscriptionUrl = location.href.replace(/^http/, 'ws');
    const fetcher = GraphiQL.createFetcher({ url: location.href, subscriptionUrl });
    ReactDOM.createRoot(document.getElementById('graphiql')).render(React.createElement(GraphiQL, { fetcher }));
  </script>
</body>
</html>
`;
