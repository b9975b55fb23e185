// Kubernetes' own schemas, from the package kubernetes-models, which has them as compiled functions.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const groups = { v1: 'v1', 'apps/v1': 'apps/v1', 'policy/v1': 'policy/v1', 'autoscaling/v2': 'autoscaling/v2', 'networking.k8s.io/v1': 'networking.k8s.io/v1' };

// The value, and every object in it, noting the names that are read of it.
function watched(value, at, seen) {
  if (!value || typeof value !== 'object') return value;
  return new Proxy(value, {
    get(target, name) {
      if (typeof name !== 'symbol') seen.add(`${at}/${name}`);
      return watched(Reflect.get(target, name), `${at}/${String(name)}`, seen);
    },
  });
}

function* names(value, at) {
  if (!value || typeof value !== 'object') return;
  for (const [name, inner] of Object.entries(value)) {
    yield `${at}/${name}`;
    yield* names(inner, `${at}/${name}`);
  }
}

// Holds an object against the schema of its kind. The schemas let unknown fields pass, as the API server of old did; but a
// check reads only fields that it knows, so what it did not read is a mistake.
export function check(object) {
  const of = `${object.apiVersion} ${object.kind}`;
  const group = groups[object.apiVersion];
  assert.ok(group, `${of}: of no group that is looked at here`);
  const Kind = require(`kubernetes-models/${group}`)[object.kind];
  assert.ok(Kind, `${of}: there is no such kind`);
  const seen = new Set();
  Kind.prototype.validate.call(watched(structuredClone(object), '', seen));
  const unknown = [...names(object, '')].filter((name) => !seen.has(name));
  assert.deepEqual(unknown, [], `${of} ${object.metadata.name}: fields that it does not have`);
}
