// The files of deploy/ as they are read: what they name is there, what they set Roster knows, what they promise holds.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { check } from './kubernetes.mjs';
import { documents, good, inDeploy, run, text, yaml } from './lib.mjs';

const roster = process.env.ROSTER_BIN;
let work;
before(async () => (work = await mkdtemp('/tmp/roster-files-')));
after(() => rm(work, { recursive: true, force: true }));

// These settings, and no other, as `roster serve` would read them. Files of secrets are put where the settings name them.
async function knows(settings, secret) {
  const env = { PATH: process.env.PATH };
  for (const [name, value] of Object.entries(settings)) {
    assert.equal(typeof value, 'string', `${name} must be a text: put it in quotes`);
    env[name] = name.endsWith('_FILE') ? path.join(work, path.basename(value)) : value;
    if (name.endsWith('_FILE')) await writeFile(env[name], secret[path.basename(value)]);
  }
  const { code, stdout, stderr } = await run(roster, ['config', 'check'], { env });
  assert.equal(code, 0, stdout + stderr);
}

const secret = {
  master_key: `${'5a'.repeat(32)}\n`,
  database_url: 'postgres://roster:x@postgres/roster\n',
  redis_url: 'redis://:x@redis:6379/0\n',
  rabbitmq_url: 'amqp://roster:x@rabbitmq/\n',
};

test('what the Dockerfile sets Roster knows', async () => {
  const [, line] = /^ENV (.*)$/m.exec(await text('Dockerfile'));
  await knows(Object.fromEntries(line.split(' ').map((one) => one.split('='))), {});
});

describe('make-secrets', () => {
  const all = ['database_url', 'master_key', 'postgres_password', 'rabbitmq.conf', 'rabbitmq_password', 'rabbitmq_url', 'redis.conf', 'redis_password', 'redis_url'];
  const root = process.getuid() === 0;
  const read = (folder, name) => readFile(path.join(folder, name), 'utf8');

  test('makes each once, for its reader alone, and never overwrites', { skip: !root && 'only root can give files away' }, async () => {
    const folder = path.join(work, 'secret');
    assert.match(await good(inDeploy('make-secrets'), [folder]), /^9 secrets made/);
    assert.deepEqual((await readdir(folder)).sort(), all);
    const were = await Promise.all(all.map((name) => read(folder, name)));
    for (const name of all) {
      const { mode, uid } = await stat(path.join(folder, name));
      assert.equal((mode & 0o777).toString(8), '400', name);
      const reader = /^(master_key|.*_url)$/.test(name) ? 10001 : /^(postgres_password|.*\.conf)$/.test(name) ? 999 : 0;
      assert.equal(uid, reader, name);
    }
    assert.equal(((await stat(folder)).mode & 0o777).toString(8), '700');
    assert.match(await read(folder, 'master_key'), /^[0-9a-f]{64}\n$/);
    const advised = /ACL SETUSER roster on >password (.*)/.exec(await readFile(inDeploy('../doc/manual/redis.md'), 'utf8'))[1];
    assert.ok((await read(folder, 'redis.conf')).endsWith(` ${advised}\n`), 'Redis gives the rights that the manual advises');

    await rm(path.join(folder, 'redis_url'));
    assert.match(await good(inDeploy('make-secrets'), [folder]), /^1 secrets made/);
    assert.deepEqual(await Promise.all(all.map((name) => read(folder, name))), were, 'and what was lost is what it was');
  });

  test('two installations share no secret', { skip: !root && 'only root can give files away' }, async () => {
    const made = [];
    for (const name of ['one', 'two']) {
      await good(inDeploy('make-secrets'), [path.join(work, name)]);
      for (const file of all) made.push(await read(path.join(work, name), file));
    }
    assert.equal(new Set(made).size, made.length);
  });
});

describe('compose.yaml', () => {
  let compose, nodes;
  before(async () => {
    compose = await yaml('compose.yaml');
    nodes = Object.entries(compose.services).filter(([name]) => name.startsWith('roster-'));
  });

  test('docker-compose takes it, with and without TLS', async (t) => {
    if ((await run('sh', ['-c', 'command -v docker-compose'])).code !== 0) return t.skip('docker-compose is not installed');
    const one = ['-f', inDeploy('compose.yaml')];
    await good('docker-compose', [...one, 'config', '--quiet']);
    const tls = await good('docker-compose', [...one, '-f', inDeploy('compose.tls.yaml'), 'config']);
    assert.match(tls, /nginx-tls\.conf:\/etc\/nginx\/listen\.conf/);
    assert.doesNotMatch(tls, /nginx-plain\.conf/);
  });

  test('two nodes, whose settings Roster knows, and which are the same', async () => {
    assert.deepEqual(nodes.map(([name]) => name), ['roster-1', 'roster-2']);
    for (const [, node] of nodes) {
      const plain = Object.fromEntries(Object.entries(node.environment).map(([k, v]) => [k, v.replace(/\$\{\w+:-([^}]*)\}/, '$1')]));
      await knows(plain, secret);
      assert.deepEqual(node.environment, nodes[0][1].environment);
      for (const [name, file] of Object.entries(plain).filter(([key]) => key.endsWith('_FILE')))
        assert.ok(node.secrets.includes(path.basename(file)), `${name} names a secret that the node does not get`);
    }
  });

  test('each node has data of its own, all have one folder of photos', () => {
    assert.deepEqual(nodes.map(([, node]) => node.volumes[0]), ['roster-1:/data', 'roster-2:/data']);
    for (const [, node] of nodes) assert.equal(node.volumes[1], 'uploads:/data/uploads');
  });

  test('the nodes trust nginx, which asks the nodes, at the addresses that they have', async () => {
    const conf = await text('nginx-compose.conf');
    const address = (name) => compose.services[name].networks.front.ipv4_address;
    for (const [name, node] of nodes) {
      assert.equal(node.environment.ROSTER_TRUSTED_PROXIES, address('nginx'));
      assert.ok(conf.includes(`server ${address(name)}:8080`), `nginx does not know ${name}`);
    }
  });

  test('only nginx is published, on loopback; what keeps data is in a network that leads nowhere', () => {
    const published = Object.entries(compose.services).filter(([, s]) => s.ports);
    assert.deepEqual(published.map(([name, s]) => [name, s.ports]), [['nginx', ['127.0.0.1:8080:8080']]]);
    assert.equal(compose.networks.back.internal, true);
    for (const name of ['postgres', 'redis', 'rabbitmq']) assert.deepEqual(compose.services[name].networks, ['back'], name);
  });

  test('every service is held in: no root, no capability, nothing to write, no more than its share', () => {
    for (const [name, s] of Object.entries(compose.services)) {
      assert.deepEqual([s.read_only, s.cap_drop, s.security_opt], [true, ['ALL'], ['no-new-privileges:true']], name);
      assert.ok(s.mem_limit && s.cpus && s.pids_limit, `${name} has no limits`);
      assert.equal(s.restart, 'unless-stopped', name);
      if (!s.build) assert.match(s.user, /^[1-9]/, `${name} would be root`);
      assert.ok(s.healthcheck || s.build, `${name} has no health check`);
      assert.notEqual(s.privileged, true, name);
    }
  });

  test('every secret and volume that is used is declared, and every one declared is used', () => {
    const services = Object.values(compose.services);
    const named = new Set(services.flatMap((s) => (s.volumes ?? []).map((v) => v.split(':')[0]).filter((v) => !/^[./]/.test(v))));
    assert.deepEqual([...named].sort(), Object.keys(compose.volumes).sort());
    assert.deepEqual([...new Set(services.flatMap((s) => s.secrets ?? []))].sort(), Object.keys(compose.secrets).sort());
    for (const [name, { file }] of Object.entries(compose.secrets)) assert.equal(file, `./secret/${name}`);
  });

  test('no secret stands in it or in any file of the folder', async () => {
    for (const file of await readdir(inDeploy('.'), { recursive: true })) {
      if (file.startsWith('secret') || !(await stat(inDeploy(file))).isFile()) continue;
      assert.doesNotMatch(await text(file), /[0-9a-f]{32}|:\/\/\w+:(?!PASSWORD|%s)[^@\s]+@/, file);
    }
    assert.match(await readFile(inDeploy('../.dockerignore'), 'utf8'), /^deploy\/\*$/m);
    assert.match(await readFile(inDeploy('../.gitignore'), 'utf8'), /^\/deploy\/secret\/$/m);
  });
});

describe('kubernetes/', () => {
  const objects = new Map(); // "Kind": object
  let files, kustomization, deployment, pod, container;
  before(async () => {
    files = (await readdir(inDeploy('kubernetes'))).sort();
    [kustomization] = await documents('kubernetes/kustomization.yaml');
    for (const file of kustomization.resources) for (const o of await documents(`kubernetes/${file}`)) objects.set(o.kind, o);
    deployment = objects.get('Deployment');
    pod = deployment.spec.template.spec;
    [container] = pod.containers;
  });

  test('every file is a resource, but for the example of the Secret: applying never changes that', async () => {
    const others = files.filter((f) => !['kustomization.yaml', 'secret.example.yaml'].includes(f));
    assert.deepEqual([...kustomization.resources].sort(), others);
    const [example] = await documents('kubernetes/secret.example.yaml');
    assert.ok(Object.values(example.stringData).every((value) => value === ''), 'the example holds no secret');
    check(example);
  });

  test('every object is what the schema of its kind says', () => {
    assert.deepEqual([...objects.keys()].sort(), ['ConfigMap', 'Deployment', 'HorizontalPodAutoscaler', 'Ingress', 'Namespace', 'NetworkPolicy',
      'PersistentVolumeClaim', 'PodDisruptionBudget', 'Service', 'ServiceAccount']);
    for (const object of objects.values()) check(object);
  });

  test('the check finds a field that there is not, and a value of the wrong kind', () => {
    const wrong = structuredClone(deployment);
    wrong.spec.template.spec.containers[0].livenesProbe = {};
    assert.throws(() => check(wrong), /livenesProbe/);
    delete wrong.spec.template.spec.containers[0].livenesProbe;
    wrong.spec.template.spec.containers[0].ports[0].containerPort = '8080';
    assert.throws(() => check(wrong), /containerPort/);
  });

  test('all are called roster, in the namespace roster', () => {
    for (const o of objects.values()) {
      assert.match(o.metadata.name, /^roster(-uploads)?$/, o.kind);
      if (o.kind !== 'Namespace') assert.equal(o.metadata.namespace, 'roster', o.kind);
    }
  });

  test('selectors find the pods', () => {
    const { labels } = deployment.spec.template.metadata;
    const selectors = [deployment.spec.selector.matchLabels, objects.get('Service').spec.selector, objects.get('PodDisruptionBudget').spec.selector.matchLabels,
      objects.get('NetworkPolicy').spec.podSelector.matchLabels, pod.topologySpreadConstraints[0].labelSelector.matchLabels,
      pod.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector.matchLabels];
    for (const selector of selectors) assert.deepEqual(selector, labels);
  });

  test('ports are those that the container names, and Roster listens there', async () => {
    const ports = Object.fromEntries(container.ports.map((p) => [p.name, p.containerPort]));
    assert.deepEqual(ports, { http: 8080 });
    assert.match(await text('Dockerfile'), /ROSTER_LISTEN=:8080/);
    const service = objects.get('Service').spec.ports[0];
    assert.ok(service.targetPort in ports);
    assert.equal(objects.get('Ingress').spec.rules[0].http.paths[0].backend.service.port.name, service.name);
    assert.equal(objects.get('NetworkPolicy').spec.ingress[0].ports[0].port, 'http');
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) assert.ok(container[probe].httpGet.port in ports, probe);
  });

  test('what it refers to is there', async () => {
    const { metadata } = objects.get('ServiceAccount');
    assert.equal(pod.serviceAccountName, metadata.name);
    assert.equal(container.envFrom[0].configMapRef.name, objects.get('ConfigMap').metadata.name);
    assert.equal(pod.volumes.find((v) => v.persistentVolumeClaim).persistentVolumeClaim.claimName, objects.get('PersistentVolumeClaim').metadata.name);
    const [example] = await documents('kubernetes/secret.example.yaml');
    assert.equal(pod.volumes.find((v) => v.secret).secret.secretName, example.metadata.name);
    const mount = container.volumeMounts.find((m) => m.name === 'secret').mountPath;
    const wanted = container.env.map(({ value }) => value);
    assert.deepEqual(wanted.sort(), Object.keys(example.stringData).map((key) => `${mount}/${key}`).sort());
    assert.deepEqual(container.volumeMounts.map((m) => m.name).sort(), pod.volumes.map((v) => v.name).sort());
    assert.equal(objects.get('HorizontalPodAutoscaler').spec.scaleTargetRef.name, deployment.metadata.name);
    assert.equal(kustomization.images[0].name, container.image);
    assert.equal(objects.get('Ingress').spec.rules[0].host, new URL(objects.get('ConfigMap').data.ROSTER_PUBLIC_URL).host);
  });

  test('what it sets Roster knows, also with empty URLs of Redis and RabbitMQ', async () => {
    const settings = { ...objects.get('ConfigMap').data, ...Object.fromEntries(container.env.map((e) => [e.name, e.value])) };
    await knows(settings, secret);
    await knows(settings, { ...secret, redis_url: '', rabbitmq_url: '' });
    assert.equal(pod.enableServiceLinks, false, 'variables of the Service (ROSTER_PORT ...) are no settings');
  });

  test('a service of Kubernetes called roster would be refused as a setting: hence no links', async () => {
    const { code, stdout, stderr } = await run(roster, ['config', 'check'], { env: { PATH: process.env.PATH, ROSTER_SERVICE_HOST: '10.0.0.1' } });
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, /ROSTER_SERVICE_HOST: there is no such setting/);
  });

  test('it asks for no more than the profile `restricted` gives', () => {
    assert.equal(objects.get('Namespace').metadata.labels['pod-security.kubernetes.io/enforce'], 'restricted');
    assert.deepEqual([pod.securityContext.runAsNonRoot, pod.securityContext.runAsUser, pod.securityContext.seccompProfile.type], [true, 10001, 'RuntimeDefault']);
    const { securityContext: own } = container;
    assert.deepEqual([own.allowPrivilegeEscalation, own.readOnlyRootFilesystem, own.capabilities], [false, true, { drop: ['ALL'] }]);
    assert.deepEqual([pod.automountServiceAccountToken, objects.get('ServiceAccount').automountServiceAccountToken], [false, false]);
    for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) assert.ok(!pod[name], name);
    assert.equal(pod.volumes.find((v) => v.secret).secret.defaultMode.toString(8), '440', 'what Roster takes of root and its group');
  });

  test('an update takes no node away before the next one serves, and lets each end in order', () => {
    assert.deepEqual(deployment.spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 });
    const [, pause] = container.lifecycle.preStop.exec.command;
    const stop = parseInt(objects.get('ConfigMap').data.ROSTER_STOP_TIMEOUT, 10);
    assert.ok(Number(pause) + stop < pod.terminationGracePeriodSeconds);
    assert.equal(objects.get('HorizontalPodAutoscaler').spec.minReplicas, 2);
    assert.equal(deployment.spec.replicas, undefined, 'how many is for the autoscaler to say');
    assert.equal(objects.get('PodDisruptionBudget').spec.maxUnavailable, 1);
  });

  test('several nodes have one folder of photos', () => {
    assert.deepEqual(objects.get('PersistentVolumeClaim').spec.accessModes, ['ReadWriteMany']);
    assert.equal(container.volumeMounts.find((m) => m.name === 'uploads').mountPath, '/data/uploads');
  });
});
