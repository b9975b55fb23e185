// Sends the form to the API; the token stands in the fragment of the link, which no server log ever sees.
const form = document.getElementById('form');
const answer = document.getElementById('answer');

function say(text, good) {
  answer.textContent = text;
  answer.className = good ? 'good' : 'bad';
}

function sentence(body) {
  const fields = Object.entries(body.details || {}).map(([name, why]) => `${name} ${why.join(', ')}`);
  return [body.message, ...fields].join(' ');
}

if (!new URLSearchParams(location.hash.slice(1)).get('token')) {
  say('Open this page by the whole link that the server printed when it started; a restart prints a new one.', false);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const token = new URLSearchParams(location.hash.slice(1)).get('token') || '';
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const response = await fetch('/api/v1/setup', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token, email: form.email.value, password: form.password.value }),
    });
    const body = await response.json();
    if (response.ok) {
      say('Done. You can log in now; the API pages are at /swagger/.', true);
      form.querySelectorAll('input, label, button, .hint').forEach((e) => e.remove());
      history.replaceState(null, '', '/setup');
    } else {
      say(sentence(body), false);
    }
  } catch {
    say('The server did not answer. Is it running?', false);
  }
  button.disabled = false;
});
