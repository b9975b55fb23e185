# Stands in for rabbitmq:3 where no hub can be reached.
FROM debian:12-slim
RUN groupadd --gid 999 rabbitmq && useradd --uid 999 --gid 999 --home-dir /var/lib/rabbitmq rabbitmq \
	&& apt-get update -q \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends rabbitmq-server \
	&& rm -rf /var/lib/apt/lists/* /var/lib/rabbitmq /var/log/rabbitmq \
	&& install -d -o rabbitmq -g rabbitmq /var/lib/rabbitmq /var/log/rabbitmq
ENV PATH=/usr/lib/rabbitmq/bin:/usr/bin:/bin HOME=/var/lib/rabbitmq RABBITMQ_LOGS=-
VOLUME /var/lib/rabbitmq
CMD ["rabbitmq-server"]
