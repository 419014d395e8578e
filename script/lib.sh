# shellcheck shell=bash
# What the other scripts share: the packages they need, a build of the extension in a
# private PostgreSQL, and a throw-away cluster. Everything lives in one temporary folder,
# $work, that goes away with the script; no cluster of this machine is touched, and no
# installation but for packages that are missing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# Settings of the caller's own servers must not leak in, and no proxy sees the simulator.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGDATABASE PGSERVICE PGOPTIONS PGDATA PGSSLMODE
export no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"

# /tmp and not $TMPDIR: a socket's path may not be longer than about 100 bytes.
make_work() {
	work=$(mktemp -d /tmp/pinterest_fdw.XXXXXX)
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	cd "$work" || exit
}

# Stops every server below $work, those of interrupted TAP tests too. As a trap it leaves
# the exit status as it is.
cleanup() {
	local pidfile
	trap '' INT TERM HUP
	restore_createcluster
	while read -r pidfile; do
		as_user "$bin/pg_ctl" stop -s -m immediate -D "${pidfile%/*}" 2>/dev/null || :
	done < <(find "$work" -name postmaster.pid 2>/dev/null)
	cd /
	if [ -n "${KEEP:-}" ]; then say "kept: $work"; else rm -rf "$work"; fi
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# initdb refuses root, so root hands everything but the packages to another user.
as_user() {
	if [ "$(id -u)" != 0 ]; then
		"$@"
	elif id postgres >/dev/null 2>&1; then
		HOME=$work runuser -u postgres -- "$@"
	else
		HOME=$work runuser -u nobody -- "$@"
	fi
}

# quietly NAME COMMAND...: the output goes to $work/NAME.log and is shown only on failure.
quietly() {
	local log=$work/$1.log
	shift
	"$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; die "failed: $*"; }
}

# ---------------------------------------------------------------------------------
# Packages

# Sets $bindir to the server's programs, and $major: PG_CONFIG names them, or they are the
# highest (or PG_MAJOR's) version of Debian's packages, or what the pg_config in PATH tells.
# $bindir is empty if there are none.
find_postgres() {
	local server found
	if [ -n "${PG_CONFIG:-}" ]; then
		bindir=$("$PG_CONFIG" --bindir) || die "PG_CONFIG=$PG_CONFIG does not run"
	else
		server=$(find /usr/lib/postgresql/*/bin/postgres 2>/dev/null |
			grep "/${PG_MAJOR:-.*}/" | sort -V | tail -n 1) || :
		[ -n "$server" ] || server=$(pg_config --bindir 2>/dev/null || :)/postgres
		bindir=${server%/postgres}
	fi
	found=$("$bindir/postgres" --version 2>/dev/null | sed -E 's/^[^0-9]*([0-9]+).*/\1/') || :
	major=${PG_MAJOR:-$found}
	if [ "$major" != "$found" ] || [ "${found:-0}" -lt 15 ]; then
		bindir='' major=${PG_MAJOR:-}
	fi
}

# need PACKAGE TEST...: notes the package as missing unless the test succeeds.
need() {
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

has_header() {
	# shellcheck disable=SC2046
	echo "#include <$1>" | cc $(pkg-config --cflags libcurl jansson 2>/dev/null) -E - -o /dev/null
}

# Debian's client package has the makefiles of PGXS, but not the server's headers.
has_pgxs() {
	[ -f "$("$bindir/pg_config" --pgxs)" ] && [ -f "$("$bindir/pg_config" --includedir-server)/postgres.h" ]
}

has_extension() { [ -f "$("$bindir/pg_config" --sharedir 2>/dev/null)/extension/$1.control" ]; }

apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends "$@"; }

can_install() {
	command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# prepare demo|tests: installs what the build, and the tests, lack, or says what to install.
prepare() {
	local missing=() server dev
	find_postgres
	if [ -z "$bindir" ] && [ -z "${PG_CONFIG:-}" ] && can_install; then
		quietly apt apt_get update
		major=${major:-$(apt-cache depends postgresql | sed -nE 's/.*Depends: postgresql-([0-9]+)$/\1/p')}
	fi
	server=postgresql${major:+-$major} dev=postgresql-server-dev-${major:-all}
	need gcc command -v cc
	need libc6-dev has_header stdio.h
	need make command -v make
	need python3 command -v python3
	need libcurl4-openssl-dev has_header curl/curl.h
	need libjansson-dev has_header jansson.h
	need zlib1g-dev has_header zlib.h
	need "$server" test -n "$bindir"
	need "$dev" has_pgxs
	if [ "$1" = tests ]; then
		need perl command -v prove
		need libipc-run-perl perl -MIPC::Run -e 1
		# its test is skipped where there is no such package, but not for want of apt's lists
		if can_install && ! has_extension pg_cron && ! apt-cache show "$server" >/dev/null 2>&1; then
			quietly apt apt_get update
		fi
		if apt-cache show "postgresql-$major-cron" >/dev/null 2>&1; then
			need "postgresql-$major-cron" has_extension pg_cron
		fi
	fi
	if [ -d /etc/apt ]; then
		need ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
	fi

	if [ ${#missing[@]} -gt 0 ]; then
		can_install || die "please install, by Debian's names: ${missing[*]}"
		say "installing ${missing[*]}"
		quietly apt apt_get update
		[[ " ${missing[*]} " != *" $server "* ]] || forbid_main_cluster
		quietly apt apt_get install "${missing[@]}"
		restore_createcluster
		find_postgres
	fi
	[ -n "$bindir" ] || die "no PostgreSQL ${PG_MAJOR:-15 or later} found"
	[ "$1" != tests ] || unpack_nginx
}

# nginx plays a server with HTTP/2. Only its program is wanted, not the service that its
# package would start, so that it is unpacked and not installed. Without it, a test is skipped.
unpack_nginx() {
	command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || ! can_install && return
	mkdir -p "$work/nginx"
	(cd "$work/nginx" && apt-get download nginx && dpkg-deb -x nginx_*.deb .) >"$work/nginx.log" 2>&1 || return 0
	PATH=$work/nginx/usr/sbin:$PATH
}

# Debian's server packages create and start a cluster; here only the programs are wanted.
forbid_main_cluster() {
	[ -f /etc/postgresql-common/createcluster.conf ] || quietly apt apt_get install postgresql-common
	cp /etc/postgresql-common/createcluster.conf "$work/createcluster.conf"
	as_root pg_conftool /etc/postgresql-common/createcluster.conf set create_main_cluster false
}

restore_createcluster() {
	[ -f "$work/createcluster.conf" ] || return 0
	as_root cp "$work/createcluster.conf" /etc/postgresql-common/createcluster.conf
	rm "$work/createcluster.conf"
}

# ---------------------------------------------------------------------------------
# Build and cluster

# The tree without its history and without objects built for another server.
copy_tree() {
	as_user mkdir "$work/tree"
	tar -C "$root" -cf - --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' \
		--exclude='*.dylib' --exclude=./tmp_check --exclude=./results . |
		as_user tar -C "$work/tree" -xf -
	tree=$work/tree
}

# mirror DIR: $work/pg/DIR becomes a real folder of links to what DIR holds.
mirror() {
	as_user mkdir -p "$work/pg$1"
	as_user ln -s "$1"/* "$work/pg$1/" 2>/dev/null || :		# what is there already stays
}

# A private installation: PostgreSQL looks for its files relative to where its programs
# really are, so programs copied to $work/pg/<bindir> take library and extension folders
# below $work/pg, and so does `make install` with their pg_config. All else is links.
private_postgres() {
	local pg_config=$bindir/pg_config share lib include
	share=$("$pg_config" --sharedir)
	lib=$("$pg_config" --pkglibdir)
	include=$("$pg_config" --includedir)
	bin=$work/pg$bindir
	as_user mkdir -p "$bin" "$work/pg${include%/*}"
	as_user cp "$bindir"/* "$bin/"
	mirror "$share/extension"
	mirror "$share"
	mirror "$lib"
	as_user ln -s "$include" "$work/pg$include"
	as_user rm -f "$work/pg$share"/extension/pinterest_fdw* "$work/pg$lib"/pinterest_fdw*
}

# build [MAKE ARGUMENT...]: the extension into the private installation.
build() {
	say "building for $("$bindir/postgres" --version)"
	if [ "$(id -u)" = 0 ]; then chown "$(as_user id -u)" "$work"; fi
	copy_tree
	private_postgres
	PATH=$bin:$PATH
	quietly build as_user make -s -C "$tree" -j4 PG_CONFIG="$bin/pg_config" "$@" install
}

# A cluster that only this user reaches, over a socket in $work. It logs no statement
# text, which could hold an access token.
start_cluster() {
	quietly initdb as_user "$bin/initdb" -D "$work/data" -U postgres -A trust \
		-E UTF8 --locale=C.UTF-8 --no-sync
	as_user tee -a "$work/data/postgresql.conf" >/dev/null <<-END
		listen_addresses = ''
		unix_socket_directories = '$work'
		fsync = off
		log_statement = none
		log_min_error_statement = panic
	END
	quietly start as_user env -u PINTEREST_ACCESS_TOKEN \
		"$bin/pg_ctl" start -w -D "$work/data" -l "$work/postgresql.log"
	export PGHOST=$work PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
}

# Pinterest, played by the simulator: it ends when this script does (its stdin closes).
start_simulator() {
	local line
	coproc SIMULATOR { as_user python3 "$tree/test/simulator" --port 0 --until-eof; }
	read -r line <&"${SIMULATOR[0]:-}" || die "the simulator did not start"
	# shellcheck disable=SC2034
	base_url=${line##* }/v5
}
