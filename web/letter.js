// The pages that letters lead to. Opening one uses nothing up: programs that look into letters open every link. What counts
// is the button. The token stands in the fragment of the link, which no server log and no Referer ever sees.
const german = {
  'verify-email': {
    title: 'E-Mail-Adresse bestätigen',
    lead: 'Noch ein Druck auf den Knopf, und Ihre Adresse ist bestätigt.',
    button: 'Adresse bestätigen',
  },
  'confirm-email': {
    title: 'Neue E-Mail-Adresse bestätigen',
    lead: 'Wenn Sie den Knopf drücken, hat Ihr Konto diese Adresse anstelle der alten.',
    button: 'Diese Adresse verwenden',
  },
  'reset-password': {
    title: 'Neues Passwort wählen',
    lead: 'Danach sind Sie überall abgemeldet und melden sich mit dem neuen an.',
    button: 'Passwort setzen',
  },
  invitation: {
    title: 'Willkommen',
    lead: 'Sie sind eingeladen. Wählen Sie ein Passwort, und Ihr Konto wird angelegt.',
    button: 'Konto anlegen',
  },
  all: {
    password: 'Neues Passwort',
    hint: 'Mindestens 8 Zeichen, die schwer zu erraten sind: ein paar Wörter, die nicht zusammengehören.',
    again: 'Noch einmal dasselbe',
    username: 'Benutzername (freiwillig)',
    name: 'Ihr Name (freiwillig)',
  },
};

const english = {
  done: {
    'verify-email': 'Done: your address is confirmed. You can close this page.',
    'confirm-email': 'Done: this is the address of your account now. You can close this page.',
    'reset-password': 'Done: log in with the new password.',
    invitation: 'Done: your account is made. You can log in now.',
  },
  noPassword: 'Done: your address is confirmed. More than one person registered with it, so no password was kept: ask for a new one where you log in.',
  link: 'Open this page by the whole link of the letter.',
  differ: 'The two passwords are not the same.',
  silent: 'The server did not answer. Try again in a moment.',
};

const deutsch = {
  done: {
    'verify-email': 'Fertig: Ihre Adresse ist bestätigt. Sie können diese Seite schließen.',
    'confirm-email': 'Fertig: Ihr Konto hat jetzt diese Adresse. Sie können diese Seite schließen.',
    'reset-password': 'Fertig: melden Sie sich mit dem neuen Passwort an.',
    invitation: 'Fertig: Ihr Konto ist angelegt. Sie können sich jetzt anmelden.',
  },
  noPassword: 'Fertig: Ihre Adresse ist bestätigt. Mit ihr hat sich mehr als einer angemeldet, darum wurde kein Passwort übernommen: fordern Sie dort, wo Sie sich anmelden, ein neues an.',
  link: 'Öffnen Sie diese Seite über den ganzen Link des Briefes.',
  differ: 'Die beiden Passwörter sind nicht gleich.',
  silent: 'Der Server hat nicht geantwortet. Versuchen Sie es gleich noch einmal.',
  // By the code of a failure, which never changes; the server's own sentences are English.
  failures: {
    link_invalid: 'Der Link stimmt nicht, wurde schon benutzt oder ist abgelaufen. Fordern Sie einen neuen an.',
    email_taken: 'Diese E-Mail-Adresse hat schon ein Konto.',
    username_taken: 'Diesen Benutzernamen hat schon jemand.',
    rate_limited: 'Zu viele Versuche. Warten Sie etwas, und versuchen Sie es dann noch einmal.',
  },
  fields: {
    password: 'Das Passwort ist zu kurz oder zu leicht zu erraten; nehmen Sie ein paar Wörter mehr, die nicht zusammengehören.',
    username: 'Dieser Benutzername geht nicht: 3 bis 50 Buchstaben, Ziffern, _ - und Punkt.',
    name: 'Dieser Name geht nicht.',
  },
  other: 'Das ging nicht. Versuchen Sie es später noch einmal.',
};

const addresses = {
  'verify-email': '/api/v1/auth/verify-email',
  'confirm-email': '/api/v1/auth/verify-email',
  'reset-password': '/api/v1/auth/password-reset/confirm',
  invitation: '/api/v1/invitations/accept',
};

const page = document.body.dataset.page;
const form = document.getElementById('form');
const answer = document.getElementById('answer');
const wanted = (navigator.languages ?? [navigator.language]).find((language) => /^(de|en)\b/i.test(language)) ?? 'en';
const isGerman = /^de/i.test(wanted);
const words = isGerman ? deutsch : english;

if (isGerman) {
  document.documentElement.lang = 'de';
  for (const element of document.querySelectorAll('[data-text]')) {
    const text = german[page][element.dataset.text] ?? german.all[element.dataset.text];
    element.textContent = text;
  }
}

function say(text, good) {
  answer.textContent = text;
  answer.className = good ? 'good' : 'bad';
}

function sentence(body) {
  const details = Object.entries(body.details ?? {});
  if (!isGerman) return [body.message, ...details.map(([name, why]) => `${name} ${why.join(', ')}`)].join(' ');
  const fields = details.map(([name]) => words.fields[name]).filter(Boolean);
  return fields.join(' ') || words.failures[body.error] || words.other;
}

const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';

// What is empty was not given: the server makes a user name itself.
function input() {
  const json = { token };
  for (const name of ['username', 'name', 'password']) if (form.elements[name]?.value) json[name] = form.elements[name].value;
  return json;
}

async function send() {
  const response = await fetch(addresses[page], {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(input()),
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
  });
  const body = await response.json();
  if (!response.ok) return say(sentence(body), false);
  say(body.data?.has_password === false ? words.noPassword : words.done[page], true);
  form.remove();
  document.getElementById('lead').remove();
  history.replaceState(null, '', location.pathname); // a used link need not stay in the history
}

if (!token) {
  say(words.link, false);
  form.remove();
  document.getElementById('lead').remove();
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (form.elements.again && form.elements.again.value !== form.elements.password.value) return say(words.differ, false);
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    await send();
  } catch {
    say(words.silent, false);
  }
  button.disabled = false;
});
