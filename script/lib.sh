# shellcheck shell=bash
# What the other scripts share: the packages they need, a build of the extension in a
# private PostgreSQL, and a throw-away cluster. Everything lives in one temporary folder,
# $work, that goes away with the script; no cluster of this machine is touched, and no
# installation but for packages that are missing. What of PostgreSQL is missing is not
# installed but unpacked there; such packages are kept in $cache.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/pinterest_fdw

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# Settings of the caller's own servers must not leak in, and no proxy sees the simulator.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGDATABASE PGSERVICE PGOPTIONS PGDATA PGSSLMODE
export no_proxy="127.0.0.1,localhost${no_proxy:+,$no_proxy}"

# /tmp and not $TMPDIR: a socket's path may not be longer than about 100 bytes.
make_work() {
	remove_stale
	work=$(mktemp -d /tmp/pinterest_fdw.XXXXXX)
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	owner_now $$ >"$work/owner"
	mkdir "$work/tmp"
	if [ "$(id -u)" = 0 ]; then chown "$(as_user id -u)" "$work" "$work/tmp"; fi
	cd "$work" || exit
}

# owner_now PID: names a process for as long as it lives, empty if it does not: where its
# number counts, the number, and when it began.
owner_now() {
	local fields
	[ -r "/proc/$1/stat" ] || return 0
	fields=$(sed 's/.*) //' "/proc/$1/stat")
	echo "$(readlink /proc/self/ns/pid) $1 $(cut -d ' ' -f 20 <<<"$fields")"
}

# Removes what scripts left that were killed before they could clean up.
remove_stale() {
	local folder space pid begun
	for folder in /tmp/pinterest_fdw.*; do
		[ -O "$folder/owner" ] || continue
		read -r space pid begun <"$folder/owner" || continue
		[ "$space" = "$(readlink /proc/self/ns/pid)" ] || continue
		[ "$(owner_now "$pid")" != "$space $pid $begun" ] || continue
		end_processes "$folder"
		rm -rf "$folder"
	done
}

# processes_in FOLDER: the processes that work there, servers of all kinds among them.
processes_in() {
	find /proc/[0-9]*/cwd -maxdepth 0 \( -lname "$1" -o -lname "$1/*" -o -lname "$1 (deleted)" \) \
		-printf '%h\n' 2>/dev/null | sed 's,/proc/,,'
}

# end_processes FOLDER: ends what works there; servers get the time to give back what is
# shared, which is no file of theirs.
end_processes() {
	local pidfile pids
	while read -r pidfile; do
		kill -QUIT "$(head -n 1 "$pidfile")" 2>/dev/null || :
	done < <(find "$1" -name postmaster.pid 2>/dev/null)
	for _ in {1..20}; do
		mapfile -t pids < <(processes_in "$1")
		[ ${#pids[@]} -gt 0 ] || return 0
		kill -TERM "${pids[@]}" 2>/dev/null || :
		sleep 0.1
	done
	kill -KILL "${pids[@]}" 2>/dev/null || :
}

# Ends every process below $work. As a trap it leaves the exit status as it is.
cleanup() {
	trap '' INT TERM HUP
	cd /
	disown -a		# whose end needs no word
	end_processes "$work"
	if [ -n "${KEEP:-}" ]; then
		rm -f "$work/owner"
		say "kept: $work"
	else
		rm -rf "$work"
	fi
}

# attended COMMAND...: runs it so that a signal ends the script at once, and not when the
# command has ended.
attended() {
	set -m
	"$@" &
	set +m
	wait $!
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# What as_user runs its commands with: see pretend.
clock=()

# initdb refuses root, so root hands everything but the packages to another user. What it
# leaves in $TMPDIR goes with $work.
as_user() { (exec_as_user "$@"); }

# The same in the place of a subshell, which would have a word for the end of what it runs.
exec_as_user() {
	export TMPDIR=$work/tmp
	if [ "$(id -u)" != 0 ]; then
		exec "${clock[@]}" "$@"
	elif id postgres >/dev/null 2>&1; then
		HOME=$work exec runuser -u postgres -- "${clock[@]}" "$@"
	else
		HOME=$work exec runuser -u nobody -- "${clock[@]}" "$@"
	fi
}

# quietly NAME COMMAND...: the output goes to $work/NAME.log and is shown only on failure;
# on a terminal its last line shows meanwhile how far it is.
quietly() {
	local log=$work/$1.log status=0 ticker=''
	shift
	: >"$log"
	if [ -t 2 ]; then show_end "$log" & ticker=$!; fi
	"$@" >"$log" 2>&1 || status=$?
	if [ -n "$ticker" ]; then
		kill "$ticker"
		wait "$ticker" 2>/dev/null || :
		printf '\r\033[K' >&2
	fi
	[ "$status" -eq 0 ] || { tail -n 60 "$log" >&2; die "failed: $*"; }
}

# show_end FILE: keeps showing, on one line of the terminal, how a growing file ends.
show_end() {
	while sleep 0.5; do
		printf '\r\033[K%4d s  %.70s' "$SECONDS" "$(tail -n 1 "$1" | tr -cd '[:print:]')" >&2
	done
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

has_header() {
	# shellcheck disable=SC2046
	echo "#include <$1>" | cc $(pkg-config --cflags libcurl jansson 2>/dev/null) -E - -o /dev/null
}

# Debian's client package has the makefiles of PGXS, but not the server's headers.
has_pgxs() {
	[ -n "$bindir" ] && [ -f "$("$bindir/pg_config" --pgxs)" ] &&
		[ -f "$("$bindir/pg_config" --includedir-server)/postgres.h" ]
}

has_extension() { [ -f "$("$bindir/pg_config" --sharedir 2>/dev/null)/extension/$1.control" ]; }

has_module() { /usr/bin/python3 -c "import $1"; }

apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends \
		-o DPkg::Lock::Timeout=1800 -o Dpkg::Use-Pty=0 "$@"
}

can_install() {
	command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

is_known() { apt-cache show "$1" >/dev/null 2>&1; }

# Another apt that reads the lists is waited for, too.
update_lists() {
	until as_root apt-get update; do
		tail -n 3 "$work/update.log" | grep -q 'Could not get lock' || return 1
		sleep 5
	done
}

# Once a run, before the first package that has to be fetched. Where there is no network,
# the lists that are there will have to do.
update_packages() {
	[ -z "${updated:-}" ] || return 0
	updated=1
	say "reading the lists of packages"
	(quietly update update_lists) || say "they could not be read anew"
}

# size_of SUBCOMMAND PACKAGE...: how many packages apt would download, and their size.
size_of() {
	apt-get -y --no-install-recommends --print-uris "$@" 2>/dev/null | awk '
		$1 ~ /^\047/ { count++; bytes += $3 }
		END { printf "%d package%s, %.0f MB to download", count, count == 1 ? "" : "s", bytes / 1e6 }'
}

install_packages() {
	say "installing ${*}: $(size_of install "$@"), which may take minutes"
	quietly install apt_get install "$@"
}

# unpack FOLDER PACKAGE...: what these packages hold, without what they depend on and
# without what they would do when installed. They are downloaded to $cache, or are there.
unpack() {
	local folder=$1 package files
	shift
	mkdir -p "$cache/packages" || return
	say "unpacking $*: $(size_of download "$@") unless $cache has them"
	(cd "$cache/packages" && quietly download apt-get download "$@") || say "they could not be downloaded"
	as_user mkdir -p "$folder"
	for package in "$@"; do
		files=("$cache/packages/${package}"_*.deb)
		as_user dpkg-deb -x - "$folder" <"$(printf '%s\n' "${files[@]}" | sort -V | tail -n 1)" || return
	done
}

# need PACKAGE TEST...: notes the package as missing unless the test succeeds.
need() {
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

# prepare demo|tests: installs or unpacks what the build, and the tests, lack, or says what
# to install.
prepare() {
	local missing=()
	find_postgres
	need gcc command -v cc
	need libc6-dev has_header stdio.h
	need make command -v make
	need python3 command -v python3
	need libcurl4-openssl-dev has_header curl/curl.h
	need libjansson-dev has_header jansson.h
	need zlib1g-dev has_header zlib.h
	if [ "$1" = tests ]; then
		need perl command -v prove
		need libipc-run-perl perl -MIPC::Run -e 1
		need openssl command -v openssl
		need python3-h2 /usr/bin/python3 -c 'import h2'
	fi
	if [ -d /etc/apt ]; then
		need ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
	fi
	if ! has_pgxs; then
		if [ -n "${PG_CONFIG:-}" ] || ! can_install; then
			missing+=("postgresql-server-dev-${major:-all}")
		else
			update_packages
			major=${major:-$(apt-cache depends postgresql | sed -nE 's/.*Depends: postgresql-([0-9]+)$/\1/p')}
			mapfile -t -O ${#missing[@]} missing < <(missing_libraries)
		fi
	fi
	if [ ${#missing[@]} -gt 0 ]; then
		can_install || die "please install, by Debian's names: ${missing[*]}"
		update_packages
		install_packages "${missing[@]}"
	fi
	has_pgxs || unpack_postgres
	[ -n "$bindir" ] || die "no PostgreSQL ${PG_MAJOR:-15 or later} found"
	[ "$1" != tests ] || { unpack_cron; unpack_nginx; install_h2; }
}

# PostgreSQL is unpacked where the server or its headers are missing: the headers' package
# would install clang and llvm, which are not needed, and the server's starts a cluster.
# All of it is of one version, since a server may lack what newer headers promise.
unpack_postgres() {
	unpack "$work/pg" "postgresql-$major" "postgresql-client-$major" "postgresql-server-dev-$major" ||
		die "could not unpack PostgreSQL $major"
	bindir=$work/pg/usr/lib/postgresql/$major/bin
	as_user rm -f "$work/pg/usr/lib/postgresql/$major/lib/llvmjit.so"	# which needs llvm
}

# The libraries that PostgreSQL needs and that are not installed.
missing_libraries() {
	local name
	apt-cache depends "postgresql-$major" "postgresql-client-$major" |
		sed -nE 's/^ *Depends: (lib[^<]*|tzdata)$/\1/p' | sort -u | grep -v llvm |
		while read -r name; do
			dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || echo "$name"
		done
}

# What only some tests need; without it they are skipped.
unpack_cron() {
	local package=postgresql-$major-cron
	has_extension pg_cron || ! can_install || [ -n "${PG_CONFIG:-}" ] && return
	is_known "$package" || is_known "postgresql-$major" || update_packages
	if ! is_known "$package" || ! unpack "$work/pg" "$package"; then
		say "no $package: its test is skipped"
	fi
}

# nginx plays a server with HTTP/2. Only its program is wanted, not the service that its
# package would start.
unpack_nginx() {
	command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || ! can_install && return
	if is_known nginx && unpack "$work/nginx" nginx; then
		PATH=$work/nginx/usr/sbin:$PATH
	else
		say "no nginx: what needs it is skipped"
	fi
}

# Whether there is what TLS and HTTP/2 in front of the simulator take.
has_front() {
	local version
	version=$(PATH=$PATH:/usr/sbin nginx -v 2>&1 | sed -n 's,^nginx version: nginx/,,p') || :
	[ -n "$version" ] && printf '%s\n' 1.19.7 "$version" | sort -CV && command -v openssl >/dev/null
}

install_h2() {
	has_module h2 2>/dev/null || ! can_install && return
	if ! is_known python3-h2 || ! (install_packages python3-h2); then
		say "no python3-h2: what needs it is skipped"
	fi
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
	if [[ $bindir = "$work"/* ]]; then		# it was unpacked there
		bin=$bindir
		return
	fi
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
	copy_tree
	private_postgres
	PATH=$bin:$PATH
	quietly build attended exec_as_user make -s -C "$tree" -j4 PG_CONFIG="$bin/pg_config" "$@" install
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

# pretend MOMENT: what as_user starts from here on takes now for that moment of UTC.
pretend() {
	quietly clock as_user cc -std=gnu11 -O2 -shared -fPIC -o "$work/clock.so" "$tree/test/clock.c" -ldl
	clock=(env "LD_PRELOAD=$work/clock.so" CLOCK_DISTANCE=$(($(date -u -d "$1" +%s) - $(date -u +%s))))
	[ -z "$(as_user true 2>&1)" ] || die "no other clock: $(as_user true 2>&1)"
}

# start_simulator plain|front: Pinterest, played by the simulator, with nginx in front or not.
# Sets $base_url, and $ca_file if there is TLS. It ends when this script does (its stdin
# closes), and not by a terminal's Ctrl-C.
start_simulator() {
	local line front=()
	if [ "$1" = front ]; then
		front=(--front "$work/front")
		# shellcheck disable=SC2034
		ca_file=$work/front/cert.pem
	fi
	coproc SIMULATOR {
		exec_as_user setsid python3 "$tree/test/simulator" --port 0 --until-eof "${front[@]}"
	}
	read -r line <&"${SIMULATOR[0]:-}" || die "the simulator did not start"
	# shellcheck disable=SC2034
	base_url=${line##* }/v5
}
