// Numbers of a machine: shown as those of a small one.
const steady = { uptime: 86400, memory: { used: 14, total: 2048, percentage: 0.7 }, responseTime: 1, response_ms: 1, depth: 0, lag_ms: 0, cpuCount: 2, arch: 'x86_64',
  loadAverage: [0.1, 0.1, 0.1] };
const machine = { steady };

export default {
  health_get: machine,
  health_ready: machine,
  health_live: machine,
  health_ping: machine,
  health_services: machine,
  health_dashboard: machine,
  health_check: machine,
  health_metrics: { query: { period: '24h' }, steady: { ...steady, users: { total: 3, active: 3, verified: 1, byRole: { admin: 1, user: 2 }, byStatus: { active: 3 } }, logins: 5, sessions: 4 } },
  // A few lines of many.
  metrics_read: { show: (text) => `${text.match(/^.*roster_token_cache_hits_total.*$/gm).join('\n').replace(/ [\d.]+$/gm, ' 41')}\n` },
};
