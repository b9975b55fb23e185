# Stands in for nginx:1.28 where no hub can be reached.
FROM debian:12-slim
RUN groupadd --gid 101 nginx && useradd --uid 101 --gid 101 --no-create-home nginx \
	&& apt-get update -q \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nginx-light curl \
	&& rm -rf /var/lib/apt/lists/*
STOPSIGNAL SIGQUIT
CMD ["nginx", "-g", "daemon off;"]
