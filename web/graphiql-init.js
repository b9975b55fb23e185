// A file of its own, because the pages allow no script inside the HTML.
const hello = `# Queries go to /graphql of this server.
# To be somebody, log in:
#
#   mutation {
#     login(
#       emailOrUsername: "..."
#       password: "..."
#     ) { accessToken }
#   }
#
# and put the token below, under Headers:
#   { "Authorization": "Bearer ..." }

{
  __typename
}
`;

const ask = GraphiQL.createFetcher({ url: '/graphql' });

const subscribes = ({ operationName }, document) =>
  document?.definitions.some((d) => d.operation === 'subscription' && (!operationName || d.name?.value === operationName));

// What happens, as Server-Sent Events: so the headers below count for subscriptions too.
function listen(params, headers) {
  const gone = new AbortController();
  const events = (async function* () {
    const response = await fetch('/graphql', {
      method: 'POST',
      body: JSON.stringify(params),
      headers: { ...headers, 'Content-Type': 'application/json', Accept: 'text/event-stream' },
      signal: gone.signal,
    });
    if (!/event-stream/.test(response.headers.get('content-type'))) {
      yield await response.json();
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let text = '', piece; !(piece = await reader.read()).done; ) {
      text += piece.value;
      for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
        const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(text.slice(0, end)) ?? [];
        if (event === 'complete') return;
        if (event === 'next') yield JSON.parse(data);
      }
    }
  })();
  const stop = events.return.bind(events);
  events.return = (value) => {
    gone.abort(); // or it would wait for the next event
    return stop(value).catch(() => ({ done: true, value }));
  };
  return events;
}

ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: (params, options) => (subscribes(params, options?.documentAST) ? listen(params, options?.headers) : ask(params, options)),
    defaultQuery: hello,
    defaultEditorToolsVisibility: 'headers',
    shouldPersistHeaders: false, // a token must not stay in the browser's storage
  }),
);
