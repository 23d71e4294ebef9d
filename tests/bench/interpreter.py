"""Python for Ansible's modules: runs the real one, BENCH_PYTHON, and adds its peak of memory to BENCH_MEMORY."""

import os
import resource
import subprocess
import sys

code = subprocess.run([os.environ["BENCH_PYTHON"], *sys.argv[1:]], check=False).returncode
with open(os.environ["BENCH_MEMORY"], "a", encoding="ascii") as notes:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=notes)
sys.exit(code)
