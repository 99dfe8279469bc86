"""llama.cpp's own server over a GGUF file, with its default cache of prompts: python llama-server.py MODEL [SLOTS].

Prints its address and ends with its standard input. Needs the package xllamacpp.
"""

import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.port = 0
params.n_parallel = int(sys.argv[2]) if len(sys.argv) > 2 else 4
params.n_ctx = 2048 * params.n_parallel
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
