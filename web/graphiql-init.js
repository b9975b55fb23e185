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
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: '/graphql' }),
    defaultQuery: hello,
    defaultEditorToolsVisibility: 'headers',
    shouldPersistHeaders: false, // a token must not stay in the browser's storage
  }),
);
