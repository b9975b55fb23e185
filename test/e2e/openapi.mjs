// Holds answers of the server against the OpenAPI document that it serves: the method and path must be described, the
// status documented, the content type named, and the body must fit the schema.
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

const pointer = (...steps) =>
  steps.map((step) => '/' + encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1'))).join('');

// "/users/{id}" as an expression; the fewer parts are open, the better it fits.
function template(path) {
  const open = (path.match(/\{[^}]*\}/g) ?? []).length;
  const source = path
    .split(/\{[^}]*\}/)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^/]+');
  return { path, open, expression: new RegExp(`^${source}$`) };
}

export class Contract {
  #document;
  #ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
  #templates;
  #prefix;
  #compiled = new Map();

  constructor(document) {
    this.#document = document;
    addFormats(this.#ajv);
    this.#ajv.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/);
    this.#ajv.addFormat('iri', /^https?:\/\/[^\s<>"]+$/i);
    this.#ajv.addSchema(document, 'openapi.json');
    this.#templates = Object.keys(document.paths)
      .map(template)
      .sort((a, b) => a.open - b.open);
    const base = document.servers?.[0]?.url ?? '';
    this.#prefix = new URL(base, 'http://roster.test').pathname.replace(/\/$/, '');
  }

  // The documented [path, operation] of a request; undefined when there is none.
  operation(method, pathname) {
    const verb = method.toLowerCase();
    pathname = pathname.replace(/(.)\/$/, '$1'); // every address is served with and without a slash at its end
    const inside = pathname.startsWith(this.#prefix) ? pathname.slice(this.#prefix.length) : pathname;
    for (const { path, expression } of this.#templates) {
      const operation = this.#document.paths[path][verb];
      if (operation && (expression.test(inside) || expression.test(pathname))) return [path, operation];
    }
    return undefined;
  }

  // All documented operations as [METHOD, path, operation]: for tests that visit every one. Not answers without an end, which
  // realtime.test.mjs is for.
  operations() {
    const ends = (op) => !op.responses?.[200]?.content?.['text/event-stream'];
    return Object.entries(this.#document.paths).flatMap(([path, item]) =>
      methods.filter((verb) => item[verb] && ends(item[verb])).map((verb) => [verb.toUpperCase(), path, item[verb]]),
    );
  }

  // Throws with a sentence when the answer is not what the document says. `body` is the text of the answer.
  check(method, pathname, status, contentType, body) {
    const say = (what) => new Error(`${method} ${pathname} answered ${status}: ${what}\n${body.slice(0, 2000)}`);
    const found = this.operation(method, pathname);
    if (!found) throw say('no such operation in /openapi.json');
    const [path, operation] = found;
    const key = [String(status), `${String(status)[0]}XX`, 'default'].find((k) => operation.responses?.[k]);
    if (!key) throw say('this status is not documented');

    const where = ['paths', path, method.toLowerCase(), 'responses', key];
    const content = this.#resolve(where).content;
    if (!content || Object.keys(content).length === 0) {
      if (body !== '') throw say('a body, although none is documented');
      return;
    }
    const type = (contentType ?? '').split(';')[0].trim();
    if (!content[type]) throw say(`content type "${contentType}", documented: ${Object.keys(content)}`);
    if (!content[type].schema || !/[/+]json$/.test(type)) return;
    const validate = this.#validator([...where, 'content', type, 'schema']);
    if (!validate(JSON.parse(body))) throw say(this.#ajv.errorsText(validate.errors, { dataVar: 'body', separator: '\n' }));
  }

  // The object at these steps, with a $ref on the way followed; `steps` is moved to where it stands.
  #resolve(steps) {
    let value = this.#document;
    for (const step of steps) value = value[step];
    if (value.$ref) {
      const target = value.$ref.replace(/^#\//, '').split('/').map((s) => s.replaceAll('~1', '/').replaceAll('~0', '~'));
      steps.splice(0, steps.length, ...target);
      return this.#resolve(steps);
    }
    return value;
  }

  #validator(steps) {
    const ref = `openapi.json#${pointer(...steps)}`;
    if (!this.#compiled.has(ref)) this.#compiled.set(ref, this.#ajv.compile({ $ref: ref }));
    return this.#compiled.get(ref);
  }
}
