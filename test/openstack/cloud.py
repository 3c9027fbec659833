"""A real Keystone and Glance on loopback for tests, from Debian's python3-keystone and python3-glance.

    cloud.py check          exit 0 when all that is needed is installed, else says what is missing
    cloud.py up DIR OWNER   starts it unless it runs already; prints the path of DIR/facts.json
    cloud.py serve DIR OWNER  (internal) the process that owns the services

Everything lives in DIR. The services end when `serve` gets SIGTERM (its pid is in DIR/serve.pid), or by themselves
when the process OWNER is gone, and DIR with them; OWNER 0 means never.

One Keystone, one database and one store stand behind several Glances, each the image endpoint of a region:

    RegionOne      eventlet, what glance-api itself runs        RegionTwo      the same, its URL ends in /v2
    RegionUwsgi    uWSGI, what Glance's own httpd files set     RegionCache    with the image-cache middleware
    RegionNoRange  a store that cannot seek, as Ceph RBD, Swift, S3 and VMware cannot: any Range is a 400
    RegionDead     an endpoint where nobody listens

A second Keystone on the same database issues tokens that live SHORT_TTL seconds; all Glances accept them.
"""
import base64
import ctypes
import fcntl
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request

sys.dont_write_bytecode = True  # the checkout stays as it is
import configuration  # noqa: E402

HOST = '127.0.0.1'
SHORT_TTL = 8
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = '/usr/bin/python3'  # Debian's: the modules belong to it
UWSGI = ['uwsgi_python3', '--master', '--die-on-term', '--need-app', '--lazy-apps', '--enable-threads',
         '--buffer-size', '65535', '--no-orphans', '--add-header', 'Connection: close']
GLANCES = {  # name: (server, image cache, store can seek)
    'eventlet': ('eventlet', False, True),
    'uwsgi': ('uwsgi', False, True),
    'cache': ('eventlet', True, True),
    'norange': ('uwsgi', False, False),
}


def check():
    missing = []
    for module, package in (('glance', 'python3-glance'), ('keystone', 'python3-keystone')):
        if subprocess.run([PYTHON, '-c', 'import importlib.util as u, sys; sys.exit(not u.find_spec(%r))' % module]).returncode:
            missing.append(package)
    if not os.path.exists('/usr/bin/uwsgi_python3'):
        missing.append('uwsgi-core and uwsgi-plugin-python3')
    if missing:
        sys.exit('not installed: ' + ', '.join(missing))


def environment(**more):
    """No proxies, no OS_*, no python of the user's."""
    env = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8', 'PYTHONWARNINGS': 'ignore',
           'PYTHONUNBUFFERED': '1', 'PYTHONDONTWRITEBYTECODE': '1', 'HOME': os.environ.get('HOME', '/')}
    return dict(env, **more)


def free_ports(count):
    """Free ones below the range that the kernel gives to outgoing connections: they stay free until we bind."""
    held = []
    while len(held) < count:
        s = socket.socket()
        try:
            s.bind((HOST, random.randrange(20000, 32000)))
            held.append(s)
        except OSError:
            s.close()
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


# ------------------------------------------------------------------ databases

def new_database(path):
    """WAL: otherwise a reader in one process makes another's commit fail with "database is locked"."""
    sqlite3.connect(path).execute('PRAGMA journal_mode=WAL').fetchall()


def keystone_database(d, public_url):
    etc = d + '/keystone'
    new_database(d + '/keystone.sqlite')
    for folder in ('fernet-keys', 'credential-keys'):  # as `keystone-manage fernet_setup` would, but for any user
        os.makedirs('%s/%s' % (etc, folder))
        for name in '01':
            with open('%s/%s/%s' % (etc, folder, name), 'wb') as f:
                f.write(base64.urlsafe_b64encode(os.urandom(32)))
    manage = ['/usr/bin/keystone-manage', '--config-file', etc + '/keystone.conf']
    return ' && '.join(' '.join(c) for c in (
        manage + ['db_sync'],
        manage + ['bootstrap', '--bootstrap-password', 'admin-pw', '--bootstrap-region-id', 'RegionOne',
                  '--bootstrap-public-url', public_url, '--bootstrap-internal-url', public_url,
                  '--bootstrap-admin-url', public_url]))


def glance_database(d):
    new_database(d + '/glance.sqlite')
    code = 'import sys; sys.argv[0]="glance-manage"; from glance.cmd.manage import main; sys.exit(main())'
    return "%s -c '%s' --config-file %s/glance-eventlet/glance-api.conf db_sync" % (PYTHON, code, d)


def run_all(d, commands):
    """Shell commands at the same time; the first failure ends everything."""
    running = [(c, subprocess.Popen(['/bin/sh', '-c', c], env=environment(), stdin=subprocess.DEVNULL,
                                    stdout=open('%s/log/setup-%d.log' % (d, i), 'wb'), stderr=subprocess.STDOUT))
               for i, c in enumerate(commands)]
    for i, (command, process) in enumerate(running):
        if process.wait():
            raise RuntimeError('%s failed:\n%s' % (command, tail('%s/log/setup-%d.log' % (d, i))))


# ------------------------------------------------------------------ services

def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG: nothing outlives a killed `serve`


def launch(d, name, command, **env):
    log = open('%s/log/%s.out' % (d, name), 'ab')
    return subprocess.Popen(command, env=environment(**env), cwd=d, stdin=subprocess.DEVNULL, stdout=log,
                            stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent)


def start_keystone(d, name, port):
    # One thread: SQLite's connections belong to the thread that opened them, and Python's collector closes them in any.
    return launch(d, name, UWSGI + ['--processes', '1', '--threads', '1', '--http-socket', '%s:%d' % (HOST, port), '--wsgi-file',
                                    HERE + '/keystone_wsgi.py'],
                  OS_KEYSTONE_CONFIG_FILES='%s/%s/keystone.conf' % (d, name))


def start_glance(d, name, port):
    server, _, seek = GLANCES[name]
    etc = '%s/glance-%s' % (d, name)
    env = {'PYTHONPATH': HERE, 'IMGDL_TEST_STORE_SEEKS': '1' if seek else '0'}
    if server == 'uwsgi':
        command = UWSGI + ['--processes', '1', '--threads', '8', '--http-socket', '%s:%d' % (HOST, port),
                           '--socket-timeout', '10', '--pythonpath', HERE,
                           '--wsgi-file', HERE + '/glance_wsgi.py']
        env['OS_GLANCE_CONFIG_DIR'] = etc
    else:
        code = 'import sys; sys.argv[0]="glance-api"; from glance.cmd.api import main; sys.exit(main())'
        command = [PYTHON, '-c', code, '--config-file', etc + '/glance-api.conf']
    return launch(d, 'glance-' + name, command, **env)


def wait_for(d, name, process, url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(1500):
        try:
            opener.open(url, timeout=5).close()
            return
        except urllib.error.HTTPError:
            return  # 300 of /versions, 401: it answers
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError('%s does not answer at %s:\n%s' % (name, url, tail('%s/log/%s.out' % (d, name))))


def tail(path):
    with open(path, errors='replace') as f:
        return ''.join(f.readlines()[-30:])


def stop(processes):
    for p in processes:
        p.terminate()
    end = time.time() + 5
    for p in processes:
        try:
            p.wait(max(0.1, end - time.time()))
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(p.pid, signal.SIGKILL)  # its own session: only this service's workers are in there
        except ProcessLookupError:
            pass


# ------------------------------------------------------------------ commands

def serve(d, owner):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with open(d + '/serve.pid', 'w') as f:
        f.write(str(os.getpid()))
    born, orphaned = start_time(owner), False
    running = []
    try:
        bring_up(d, running)
        while not orphaned:
            time.sleep(0.5)
            orphaned = owner != 0 and (born is None or start_time(owner) != born)
    except RuntimeError as error:
        write(d + '/failed', str(error))
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stop(running)
        if orphaned:
            shutil.rmtree(d, ignore_errors=True)  # nobody else will


def bring_up(d, running):
    import seed
    keystone, short, *ports = free_ports(2 + len(GLANCES))
    urls = {'keystone': 'http://%s:%d/v3' % (HOST, keystone), 'keystoneShort': 'http://%s:%d/v3' % (HOST, short),
            'glance': {name: 'http://%s:%d' % (HOST, port) for name, port in zip(GLANCES, ports)}}
    configuration.write_keystone(d, 'keystone', 3600)
    configuration.write_keystone(d, 'keystone-short', SHORT_TTL)
    for name, port in zip(GLANCES, ports):
        configuration.write_glance(d, name, HOST, port, urls['keystone'], cache=GLANCES[name][1])
    run_all(d, [keystone_database(d, urls['keystone']), glance_database(d)])
    services = [('keystone', start_keystone(d, 'keystone', keystone), urls['keystone'])]
    running.append(services[0][1])
    for name, port in zip(GLANCES, ports):
        running.append(start_glance(d, name, port))
        services.append(('glance-' + name, running[-1], urls['glance'][name] + '/versions'))
    running.append(start_keystone(d, 'keystone-short', short))
    services.append(('keystone-short', running[-1], urls['keystoneShort']))
    wait_for(d, *services[0])
    wait_for(d, *services[1])
    facts = seed.seed(d, urls)
    for service in services[2:]:
        wait_for(d, *service)
    write(d + '/facts.json', json.dumps(dict(facts, **urls, shortTtlMs=SHORT_TTL * 1000), indent=1))


def start_time(pid):
    try:
        with open('/proc/%d/stat' % pid) as f:
            return f.read().rpartition(')')[2].split()[19]
    except OSError:
        return None


def write(path, text):
    with open(path + '.new', 'w') as f:
        f.write(text)
    os.rename(path + '.new', path)


def up(d, owner):
    check()
    os.umask(0o077)
    os.makedirs(d + '/log', exist_ok=True)
    with open(d + '/lock', 'w') as lock:  # the first caller starts it, the others wait for that
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(d + '/facts.json') and not os.path.exists(d + '/failed'):
            process = subprocess.Popen([PYTHON, __file__, 'serve', d, str(owner)], stdin=subprocess.DEVNULL,
                                       stdout=open(d + '/log/serve.log', 'ab'), stderr=subprocess.STDOUT,
                                       start_new_session=True)
            while not os.path.exists(d + '/facts.json') and not os.path.exists(d + '/failed'):
                if process.poll() is not None and not os.path.exists(d + '/failed'):
                    write(d + '/failed', tail(d + '/log/serve.log'))
                time.sleep(0.1)
    if os.path.exists(d + '/failed'):
        with open(d + '/failed') as f:
            sys.exit(f.read())
    print(d + '/facts.json')


if __name__ == '__main__':
    if sys.argv[1:] == ['check']:
        check()
    elif len(sys.argv) == 4 and sys.argv[1] in ('up', 'serve'):
        {'up': up, 'serve': serve}[sys.argv[1]](os.path.realpath(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(__doc__)
