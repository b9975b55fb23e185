"""An SMTP server that keeps nothing: what it was given it prints, a JSON object a line, the first being the port it has.

  smtp_sink.py [--port N] [--cert FILE --key FILE [--implicit]] [--user NAME --password WORD]

With a certificate STARTTLS is offered and asked for, or TLS is spoken at once. How it treats a letter is told by the address:

  reject...@       550 at RCPT TO          slow...@     250 after half a second
  defer...@        451 at RCPT TO          drop...@     the connection is cut at RCPT TO
  hang...@ or ...@hang.example             RCPT TO is never answered
  spam...@         554 behind the letter   once...@     451 the first time, 250 from then on
  mute...@         550, and QUIT is never answered
"""

import argparse
import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

seen = set()


def say(**what):
    print(json.dumps(what), flush=True)


class Sink:
    def __init__(self, user, password):
        self.user, self.password = user, password

    def authenticate(self, server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login.decode(), data.password.decode()) == (self.user, self.password)
        say(event="login", mechanism=mechanism, good=good)
        return AuthResult(success=good, handled=False, auth_data=data)

    async def handle_RCPT(self, server, session, envelope, address, options):
        local, _, domain = address.partition("@")
        say(event="rcpt", to=address)
        if local.startswith("hang") or domain == "hang.example":
            await asyncio.sleep(3600)
        if local.startswith("slow"):
            await asyncio.sleep(0.5)
        if local.startswith("drop"):
            server.transport.abort()
            return "421 gone"
        if local.startswith("mute"):
            session.mute = True
        if local.startswith(("reject", "mute")):
            return "550 5.1.1 no such person\x1b[31m here"
        if local.startswith("defer") or (local.startswith("once") and address not in seen):
            seen.add(address)
            return "451 4.2.0 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server, session, envelope):
        if getattr(session, "mute", False):
            await asyncio.sleep(3600)
        return "221 Bye"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("spam"):
            return "554 5.7.1 we do not like it"
        say(
            event="letter",
            sender=envelope.mail_from,
            to=envelope.rcpt_tos,
            tls=server.transport.get_extra_info("sslcontext") is not None,
            user=session.auth_data.login.decode() if session.auth_data else None,
            data=envelope.original_content.decode("utf-8", "replace"),
        )
        return "250 taken"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--implicit", action="store_true")
    parser.add_argument("--user")
    parser.add_argument("--password")
    given = parser.parse_args()
    context = None
    if given.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.cert, given.key)
    sink = Sink(given.user, given.password)

    def make():
        starttls = context if not given.implicit else None
        return SMTP(
            sink,
            hostname="sink.example",
            enable_SMTPUTF8=True,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=sink.authenticate if given.user else None,
            auth_required=bool(given.user),
            auth_require_tls=starttls is not None,
            timeout=3600,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(make, "127.0.0.1", given.port, ssl=context if given.implicit else None)
    say(event="ready", port=server.sockets[0].getsockname()[1])
    await asyncio.sleep(86400)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
