# Stands in for postgres:15 where no hub can be reached: Debian's PostgreSQL, and of the real image what compose.yaml uses.
FROM debian:12-slim
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql postgres \
	&& apt-get update -q \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql-15 \
	&& rm -rf /var/lib/apt/lists/* /var/lib/postgresql /var/run/postgresql \
	&& install -d -o postgres -g postgres /var/lib/postgresql /var/run/postgresql \
	&& install -d -o postgres -g postgres -m 1777 /var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data
COPY postgres-entrypoint /usr/local/bin/entrypoint
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/local/bin/entrypoint"]
CMD ["postgres"]
