"""What api.pinterest.com speaks, in front of servers that do not: TLS, HTTP/2 and gzip, by nginx.

Clients that offer no HTTP/2 get HTTP/1.1. What a server has compressed itself passes as it is.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

START_SECONDS = 10

# From here on large_client_header_buffers holds for HTTP/2, too.
OLDEST = (1, 19, 7)
# From here on HTTP/2 is a setting of its own, and the other way a cause of warnings.
HTTP2_SETTING = (1, 25, 1)

CONFIG = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	default_type application/json;
	ssl_certificate {folder}/cert.pem;
	ssl_certificate_key {folder}/key.pem;
	gzip on;
	gzip_types application/json;
	gzip_min_length 500;
	gzip_proxied any;
	# URLs with many ids, and answers as they come and not by way of a disk
	large_client_header_buffers 8 64k;
	client_body_buffer_size 1m;
	proxy_buffer_size 64k;
	proxy_buffers 32 64k;
	proxy_max_temp_file_size 0;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
	proxy_pass_header Date;
	proxy_pass_header Server;
	# an answer that does not come is not asked for again
	proxy_next_upstream off;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	scgi_temp_path {folder}/scgi;
	uwsgi_temp_path {folder}/uwsgi;
{servers}}}
"""

SERVER = """\
	upstream plain_{port} {{
		server {address};
		keepalive 64;
	}}
	server {{
		listen 127.0.0.1:{port} ssl{listen};
		{settings}
		location / {{ proxy_pass http://plain_{port}; }}
	}}
"""


class FrontError(Exception):
    """Why there is no front."""


class Front:
    """A running nginx. `urls` are the https:// URLs of the servers, in their order; `ca_file` is whom to trust."""

    def __init__(self, urls, folder):
        self.folder = Path(folder).resolve()
        self.folder.mkdir(exist_ok=True)
        self.ca_file = self.folder / "cert.pem"
        nginx, version = find_nginx()
        self._make_certificate()
        ports = _free_ports(len(urls))
        self.urls = [f"https://127.0.0.1:{port}" for port in ports]
        config = self.folder / "nginx.conf"
        config.write_text(self._config(urls, ports, version), encoding="ascii")
        # nginx ends with this process even if that is killed, but not by a terminal's Ctrl-C
        setpriv = shutil.which("setpriv")
        self.process = subprocess.Popen(
            [*([setpriv, "--pdeathsig", "TERM"] if setpriv else []),
             nginx, "-e", self.folder / "error.log", "-p", self.folder, "-c", config],
            stdin=subprocess.DEVNULL, start_new_session=True)
        self._wait_for(ports)

    def _make_certificate(self):
        made = subprocess.run(
            [find_program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-days", "7", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", self.folder / "key.pem", "-out", self.ca_file], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise FrontError(made.stderr.strip())

    def _config(self, urls, ports, version):
        listen, settings = ("", "http2 on;") if version >= HTTP2_SETTING else (" http2", "")
        servers = [SERVER.format(address=url.rpartition("/")[2], port=port, listen=listen, settings=settings)
                   for url, port in zip(urls, ports)]
        return CONFIG.format(folder=self.folder, servers="".join(servers))

    def _wait_for(self, ports):
        give_up = time.monotonic() + START_SECONDS
        while not all(_listens(port) for port in ports):
            if self.process.poll() is not None or time.monotonic() > give_up:
                self.stop()
                raise FrontError("nginx does not start: " + (self.folder / "error.log").read_text(encoding="utf-8"))
            time.sleep(0.01)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def find_program(program):
    """The path of a program; those of administrators are not in the PATH of all users."""
    path = shutil.which(program, path=os.environ.get("PATH", os.defpath) + os.pathsep + "/usr/sbin")
    if path is None:
        raise FrontError(f"there is no {program}")
    return path


def find_nginx():
    """The path of nginx and its version."""
    nginx = find_program("nginx")
    told = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=False).stderr
    version = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", told)
    if not version or "http_v2_module" not in told:
        raise FrontError(f"{nginx} does not run, or has no HTTP/2: {told.strip()}")
    version = tuple(int(part) for part in version.groups())
    if version < OLDEST:
        raise FrontError(f"{nginx} is older than {'.'.join(map(str, OLDEST))}")
    return nginx, version


def _free_ports(count):
    """Ports that nobody has; they are let go together, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True
