#!/usr/bin/env bash
# A Debian 12 for images, made by debootstrap from the mirror that apt uses here, for where no hub can be reached:
#
#	test/deploy/base.sh FOLDER          makes FOLDER/base-DATE.tar unless today's is there, and prints its name
#	docker import "$(test/deploy/base.sh build/deploy)" debian:12-slim
#
# It is the smallest variant, with security updates, without documents and translations, as the hub's `slim`.
set -euo pipefail

folder=${1:?usage: test/deploy/base.sh FOLDER}
mkdir -p "$folder"
tar=$folder/base-$(date +%F).tar
if [ ! -e "$tar" ]; then
	mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
		awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
	mirror=${mirror:-http://deb.debian.org/debian}
	security=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Identifier: Packages' |
		awk '$2 == "bookworm-security" { print $1; exit }')
	root=$(mktemp -d "$folder/root.XXXXXX")
	trap 'rm -rf "$root"' EXIT
	debootstrap --variant=minbase bookworm "$root" "$mirror" >"$folder/debootstrap.log" || {
		tail -n 3 "$folder/debootstrap.log" >&2
		exit 1
	}
	{
		echo "deb $mirror bookworm main"
		[ -z "$security" ] || echo "deb $security bookworm-security main"
	} >"$root/etc/apt/sources.list"
	rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* \
		"$root"/usr/share/doc/* "$root"/usr/share/locale/* "$root"/usr/share/man/* "$root"/usr/share/info/*
	printf 'path-exclude /usr/share/%s/*\n' doc man info locale >"$root/etc/dpkg/dpkg.cfg.d/slim"
	rm -f "$folder"/base-*.tar
	tar -C "$root" -cf "$tar.new" .
	mv "$tar.new" "$tar"
fi
echo "$tar"
