"""OpenStack's own clients, many commands in one process: starting Python and finding plugins takes a second each time.

    clients.py < {"commands": [["openstack", "image", "list"], …]}

prints a JSON list: what each command printed, and its exit code. The environment is that of the clients. Nothing else of
them is touched: argv goes in where their own scripts hand it in.
"""
import contextlib
import io
import json
import sys

sys.dont_write_bytecode = True


def openstack(args):
    from openstackclient import shell
    return shell.main(args)


def glance(args):
    from glanceclient import shell
    sys.argv = ['glance'] + args  # its main() looks there
    return shell.main()


def run(command):
    name, *args = command
    out, err = io.TextIOWrapper(io.BytesIO(), 'utf-8'), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = {'openstack': openstack, 'glance': glance}[name](args) or 0
        except SystemExit as e:
            code = e.code if isinstance(e.code, int) else 1
        except Exception as e:
            print(e, file=err)
            code = 1
    out.flush()
    return {'code': code, 'stdout': out.buffer.getvalue().decode('utf-8', 'replace'), 'stderr': err.getvalue()}


json.dump([run(command) for command in json.load(sys.stdin)['commands']], sys.stdout)
