# Stands in for redis:7 where no hub can be reached.
FROM debian:12-slim
RUN groupadd --gid 999 redis && useradd --uid 999 --gid 999 --home-dir /data redis \
	&& apt-get update -q \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends redis-server \
	&& rm -rf /var/lib/apt/lists/* \
	&& install -d -o redis -g redis /data
WORKDIR /data
VOLUME /data
CMD ["redis-server", "--protected-mode", "no"]
