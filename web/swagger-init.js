// A file of its own, because the pages allow no script inside the HTML.
window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false, // a token must not stay in the browser's storage
  validatorUrl: null, // would send the address of this server to a stranger
});
