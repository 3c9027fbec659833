"""in_terminal.py COLUMNS ROWS COMMAND...: runs COMMAND in a pseudo-terminal; its bytes go to stdout, its pid to fd 3.

Ends with the command's exit code, or with 128 plus the number of the signal that ended it. A command that is killed
leaves what it had written: the terminal is read to its end.
"""
import fcntl
import os
import pty
import struct
import sys
import termios

columns, rows, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
    os.close(3)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, str(error).encode())
        os._exit(127)
os.write(3, b'%d\n' % pid)
os.close(3)
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # EIO: the last process has closed its side
        break
    if not data:
        break
    os.write(1, data)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.exit(code if code >= 0 else 128 - code)
